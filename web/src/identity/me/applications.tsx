// The applications that may act for one, and how to shut one out.
import { Button } from 'react-aria-components'
import { call } from '../../api/client'
import { useRefresh } from '../../api/refresh'
import { useMe } from '../../api/rights'
import { More } from '../../kit/more'
import { Reference } from '../../kit/reference'
import { filtered, useRows } from '../../kit/rows'
import { Skeleton, Trouble } from '../../kit/states'
import { labelOf } from '../../texts'
import { useMeTexts } from './texts'

export function Applications() {
  const own = useMeTexts()
  const me = useMe()
  const refresh = useRefresh()
  const { list, rows } = useRows('identity.authorization', filtered({ account: me?.user }), me !== undefined)
  if (list.isPending) return <Skeleton />
  if (list.isError) return <Trouble error={list.error} retry={() => void list.refetch()} />
  const withdraw = async (id: string) => {
    await call('identity.authorization.delete', { path: { id } })
    await refresh('identity.authorization')
  }
  return (
    <section aria-labelledby="applications">
      <h2 id="applications">{own.applications}</h2>
      {rows.length === 0 && <p>{own.noApplications}</p>}
      <div>
        {rows.map(({ id, client, permissions }) => (
          <div className="line" key={id}>
            <span><Reference topic="identity.oauth_client" id={client} /><small>{permissions.map(labelOf).join(' · ')}</small></span>
            <Button className="button bad" onPress={() => void withdraw(id)}>{own.withdraw}</Button>
          </div>
        ))}
        <More of={list} />
      </div>
    </section>
  )
}
