// What belongs to an organisation: who may in, its licences, and what it asked; one of these at a time.
import type { Operation, Row } from '../../api/client'
import { may, useMe } from '../../api/rights'
import { Related } from '../../kit/related'
import { Tabs, useView } from '../../kit/tabs'
import { useFormats } from '../../texts'
import { People } from './people'
import { useTexts } from './texts'

type Of = { row: Row<'organizations.cabinet'> }

const PANELS = { people: People, licences: Licences, requests: Requests }
const TAKES: Record<keyof typeof PANELS, Operation> = { people: 'organizations.membership.list', licences: 'licensing.license.list', requests: 'support.issue.list' }

export function Belongings({ row }: Of) {
  const texts = useTexts()
  const me = useMe()
  const tabs = (Object.keys(PANELS) as (keyof typeof PANELS)[]).filter((view) => me && may(me.rights, TAKES[view])).map((view) => ({ view, label: texts[view] }))
  const view = useView(tabs)
  if (!view) return null
  const Panel = PANELS[view as keyof typeof PANELS]
  return (
    <>
      <Tabs label={row.name ?? texts.title} tabs={tabs} />
      <Panel row={row} />
    </>
  )
}

function Licences({ row }: Of) {
  const texts = useTexts()
  const formats = useFormats()
  return <Related topic="licensing.license" by={{ cabinet_id: row.id }} title={texts.licences} sort="ends_at" note={({ ends_at }) => (ends_at ? texts.until(formats.lastDay(ends_at)) : texts.perpetual)} />
}

function Requests({ row }: Of) {
  return <Related topic="support.issue" by={{ cabinet: row.id }} title={useTexts().requests} />
}
