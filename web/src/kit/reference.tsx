// The name of another thing, as a link to it; where it may not be seen, the beginning of its id.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Topic } from '../api/client'
import { may, useMe } from '../api/rights'
import { useNameOf } from './names'
import { one } from './one'
import { resourceOf } from './resource'

/** Of these the API says no names: they are looked for themselves. */
const UNNAMED = new Set(['files.export', 'licensing.license', 'purchasing.purchase'])

/** What a thing is called, as far as it may be seen. */
export function useName(topic: string, id: string | undefined): string | undefined {
  const me = useMe()
  const nameOf = useNameOf()
  const looked = me !== undefined && id !== undefined && UNNAMED.has(topic) && may(me.rights, `${topic}.find`)
  const found = useQuery({ ...one(topic as Topic, id ?? ''), enabled: looked })
  if (!looked) return nameOf(id)
  return found.data && resourceOf(topic)!.title(found.data.data)
}

export function Reference({ topic, id }: { topic: string; id: string }) {
  const name = useName(topic, id)
  if (!name) return <code>{id.slice(0, 8)}</code>
  return <Link className="reference" to={`/${resourceOf(topic)!.place}/${id}` as never}>{name}</Link>
}
