// What belongs to an organisation: its licences, what it asked, and what stands below it.
import type { Row } from '../../api/client'
import { Related } from '../../kit/related'
import { useFormats } from '../../words'
import { useWords } from './words'

type Of = { row: Row<'organizations.cabinet'> }

export function Licences({ row }: Of) {
  const words = useWords()
  const formats = useFormats()
  return <Related topic="licensing.license" by={{ cabinet_id: row.id }} title={words.licences} sort="ends_at" note={({ ends_at }) => (ends_at ? words.until(formats.day(ends_at)) : words.perpetual)} />
}

export function Requests({ row }: Of) {
  return <Related topic="support.issue" by={{ cabinet: row.id }} title={useWords().requests} />
}

export function Below({ row }: Of) {
  return <Related topic="organizations.cabinet" by={{ parent_id: row.id }} title={useWords().below} sort="name" />
}
