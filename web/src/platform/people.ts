// The names of those who did what is listed here without names.
import { useRows } from '../kit/rows'

/** A filter takes no more ids; of others their role is told. */
const NAMED = 200

export function usePeople(ids: (string | null | undefined)[]) {
  const named = [...new Set(ids.flatMap((id) => id ?? []))].slice(0, NAMED)
  const people = useRows('identity.user', { 'filter[id]': named.join(','), limit: NAMED }, named.length > 0).rows
  return (id: string | null | undefined) => people.find((person) => person.id === id)?.name
}
