// What belongs to a licence: what was asked about it.
import { Related } from '../../kit/related'
import { useWords } from './words'

export function Requests({ row }: { row: { id: string } }) {
  return <Related topic="support.issue" by={{ license: row.id }} title={useWords().requests} />
}
