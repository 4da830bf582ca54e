// The name of another thing, as a link to it; where it may not be seen, the beginning of its id.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { call, type Operation } from '../api/client'
import { may, useMe } from '../api/rights'
import { resourceOf } from './resource'

/** What the fields of answers refer to. */
const topics: Record<string, string> = {
  customer: 'crm.customer',
  service: 'scheduling.service',
  resources: 'scheduling.resource',
  cabinet: 'organizations.cabinet',
  cabinet_id: 'organizations.cabinet',
  parent_id: 'organizations.cabinet',
  product: 'catalog.product',
  product_id: 'catalog.product',
  license: 'licensing.license',
  purchase_id: 'purchasing.purchase',
  user: 'identity.user',
  reporter: 'identity.user',
  assignee: 'identity.user',
  recipient: 'identity.user',
  agent: 'identity.user',
  account: 'identity.user',
}

export const topicOf = (field: string): string | undefined => topics[field]

/** What a thing is called, as far as it may be seen. */
export function useName(topic: string, id: string | undefined): string | undefined {
  const me = useMe()
  const resource = resourceOf(topic)
  const visible = me !== undefined && resource !== undefined && id !== undefined && may(me.rights, `${topic}.find`)
  const found = useQuery({
    queryKey: [topic, 'item', id],
    queryFn: ({ signal }) => call(`${topic}.find` as Operation, { path: { id: id! }, signal }) as unknown as Promise<{ data: unknown }>,
    enabled: visible,
  })
  return resource && found.data && resource.title(found.data.data as never)
}

export function Reference({ topic, id }: { topic: string; id: string }) {
  const name = useName(topic, id)
  if (!name) return <code>{id.slice(0, 8)}</code>
  return <Link className="reference" to={`/${resourceOf(topic)!.place}/${id}` as never}>{name}</Link>
}

const ALL = 200

/** The people of the house, asked for once for all: most of what happens, few did. */
export function usePeople() {
  const me = useMe()
  const people = useQuery({
    queryKey: ['identity.user', 'names'],
    queryFn: ({ signal }) => call('identity.user.list', { query: { limit: ALL }, signal }),
    enabled: me !== undefined && may(me.rights, 'identity.user.list'),
  })
  return people.data?.data ?? []
}

/** The name of a person who did something. */
export function useActor(): (id: string | null | undefined) => string | undefined {
  const me = useMe()
  const people = usePeople()
  return (id) => (id === me?.user ? me?.name : people.find((person) => person.id === id)?.name) ?? undefined
}
