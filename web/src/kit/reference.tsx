// The name of another thing, as a link to it; where it may not be seen, the beginning of its id.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Topic } from '../api/client'
import { may, useMe } from '../api/rights'
import { useNameOf } from './names'
import { one } from './one'
import { resourceOf } from './resource'

/** Of these the API says a name that is told in the reader's language: they are looked for themselves. */
const TOLD = new Set(['files.export'])
/** These stand within the rows of others, where no answer names them: then they are looked for, too. */
const WITHIN = new Set(['licensing.license'])

/** What a thing is called, as far as it may be seen. */
export function useName(topic: string, id: string | undefined): string | undefined {
  const me = useMe()
  const known = useNameOf()(id)
  const lacks = TOLD.has(topic) || (known === undefined && WITHIN.has(topic))
  const looked = lacks && me !== undefined && id !== undefined && may(me.rights, `${topic}.find`)
  const found = useQuery({ ...one(topic as Topic, id ?? ''), enabled: looked })
  if (!looked) return known
  return found.data && resourceOf(topic)!.title(found.data.data)
}

export function Reference({ topic, id }: { topic: string; id: string }) {
  const name = useName(topic, id)
  if (!name) return <code>{id.slice(0, 8)}</code>
  return <Link className="reference" to={`/${resourceOf(topic)!.place}/${id}` as never}>{name}</Link>
}
