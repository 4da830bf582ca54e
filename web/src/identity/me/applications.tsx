// The applications that may act for one, and how to shut one out.
import { useQuery } from '@tanstack/react-query'
import { Button } from 'react-aria-components'
import { call } from '../../api/client'
import { useRefresh } from '../../api/refresh'
import { useMe } from '../../api/rights'
import { Reference } from '../../kit/reference'
import { Skeleton, Trouble } from '../../kit/states'
import { wordOf } from '../../words'
import { useMeWords } from './words'

export function Applications() {
  const own = useMeWords()
  const me = useMe()
  const refresh = useRefresh()
  const found = useQuery({
    queryKey: ['identity.authorization', 'own', me?.user],
    queryFn: ({ signal }) => call('identity.authorization.list', { query: { 'filter[account]': me!.user, limit: 100, include: 'names' }, signal }),
    enabled: me !== undefined,
  })
  if (found.isPending) return <Skeleton />
  if (found.isError) return <Trouble error={found.error} retry={() => void found.refetch()} />
  const withdraw = async (id: string) => {
    await call('identity.authorization.delete', { path: { id } })
    await refresh('identity.authorization')
  }
  return (
    <section aria-labelledby="applications">
      <h2 id="applications">{own.applications}</h2>
      {found.data.data.length === 0 && <p>{own.noApplications}</p>}
      <div>
        {found.data.data.map(({ id, client, permissions }) => (
          <div className="line" key={id}>
            <span><Reference topic="identity.oauth_client" id={client} /><small>{permissions.map(wordOf).join(' · ')}</small></span>
            <Button className="button bad" onPress={() => void withdraw(id)}>{own.withdraw}</Button>
          </div>
        ))}
      </div>
    </section>
  )
}
