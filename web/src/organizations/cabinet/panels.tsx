// What belongs to an organisation: who may in, its licences, and what it asked; one of these at a time.
import type { Operation, Row } from '../../api/client'
import { may, useMe } from '../../api/rights'
import { Related } from '../../kit/related'
import { Tabs, useView } from '../../kit/tabs'
import { useFormats } from '../../words'
import { People } from './people'
import { useWords } from './words'

type Of = { row: Row<'organizations.cabinet'> }

const PANELS = { people: People, licences: Licences, requests: Requests }
const TAKES: Record<keyof typeof PANELS, Operation> = { people: 'organizations.membership.list', licences: 'licensing.license.list', requests: 'support.issue.list' }

export function Belongings({ row }: Of) {
  const words = useWords()
  const me = useMe()
  const tabs = (Object.keys(PANELS) as (keyof typeof PANELS)[]).filter((view) => me && may(me.rights, TAKES[view])).map((view) => ({ view, label: words[view] }))
  const view = useView(tabs)
  if (!view) return null
  const Panel = PANELS[view as keyof typeof PANELS]
  return (
    <>
      <Tabs label={row.name ?? words.title} tabs={tabs} />
      <Panel row={row} />
    </>
  )
}

function Licences({ row }: Of) {
  const words = useWords()
  const formats = useFormats()
  return <Related topic="licensing.license" by={{ cabinet_id: row.id }} title={words.licences} sort="ends_at" note={({ ends_at }) => (ends_at ? words.until(formats.day(ends_at)) : words.perpetual)} />
}

function Requests({ row }: Of) {
  return <Related topic="support.issue" by={{ cabinet: row.id }} title={useWords().requests} />
}
