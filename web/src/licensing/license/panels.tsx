// What belongs to a licence: what was asked about it.
import { Related } from '../../kit/related'
import { useTexts } from './texts'

export function Requests({ row }: { row: { id: string } }) {
  return <Related topic="support.issue" by={{ license: row.id }} title={useTexts().requests} />
}
