// Why a message was put aside, and what was sent.
import type { Row } from '../../api/client'
import { Section } from '../../kit/related'
import { problemOf } from '../../texts/names'
import { useTexts } from './texts'

type Message = Row<'purchasing.purchase_event'>

export function Reason({ row }: { row: Message }) {
  const texts = useTexts()
  return (
    <Section title={texts.why}>
      <p>{problemOf(row.code) ? <>{problemOf(row.code)}<small>{row.detail}</small></> : row.detail}</p>
      {row.status === 'parked' && <p className="hint">{texts.todo}</p>}
    </Section>
  )
}

export function Payload({ row }: { row: Message }) {
  return <Section title={useTexts().payload}><pre className="payload" tabIndex={0}>{spaced(row.payload ?? '')}</pre></Section>
}

/** What cannot be read is shown as it came. */
function spaced(payload: string) {
  try {
    return JSON.stringify(JSON.parse(payload), null, 2)
  } catch {
    return payload
  }
}
