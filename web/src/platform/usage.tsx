// How much the API was used, by day, and by whom.
import { useQuery } from '@tanstack/react-query'
import { call } from '../api/client'
import { useRows } from '../kit/rows'
import { Skeleton, Trouble } from '../kit/states'
import { fieldOf, useFormats, useTexts } from '../texts'
import { AuditTop } from './pages'
import { usePlatformTexts } from './texts'
import './platform.css'

/** Guests have no account. */
const GUEST = '00000000-0000-0000-0000-000000000000'
/** A filter takes no more ids. */
const NAMED = 200

export function Usage() {
  const texts = useTexts()
  const own = usePlatformTexts()
  const formats = useFormats()
  const list = useQuery({ queryKey: ['platform.usage', 'list'], queryFn: ({ signal }) => call('platform.usage.list', { signal }) })
  const ids = [...new Set(list.data?.data.map(({ client }) => client))].filter((client) => client !== GUEST).slice(0, NAMED)
  const named = { 'filter[id]': ids.join(','), limit: NAMED }
  const people = useRows('identity.user', named, ids.length > 0).rows
  const programs = useRows('identity.service_account', named, ids.length > 0).rows
  const nameOf = (client: string) => (client === GUEST ? own.guest : ([...people, ...programs].find(({ id }) => id === client)?.name ?? client.slice(0, 8)))
  const most = Math.max(1, ...(list.data?.data ?? []).map(({ requests }) => requests))
  return (
    <>
      <AuditTop title={own.usage} />
      <div className="page">
        {list.isPending && <Skeleton />}
        {list.isError && <Trouble error={list.error} retry={() => void list.refetch()} />}
        {list.data?.data.length === 0 && <p>{texts.list.empty}</p>}
        {list.data && list.data.data.length > 0 && (
          <div className="scroll">
            <table className="list usage">
              <thead><tr><th scope="col">{own.day}</th><th scope="col">{own.who}</th><th scope="col">{fieldOf('version')}</th><th scope="col">{own.requests}</th></tr></thead>
              <tbody>
                {list.data.data.map(({ day, client, version, requests }) => (
                  <tr key={`${day} ${client} ${version}`}>
                    <th scope="row">{formats.date(day)}</th>
                    <td>{nameOf(client)}</td>
                    <td>{version}</td>
                    <td><meter min={0} max={most} value={requests} aria-label={own.requests} /> {formats.number(requests)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </div>
    </>
  )
}
