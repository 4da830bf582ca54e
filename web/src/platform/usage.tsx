// How much the API was used, by day and application.
import { useQuery } from '@tanstack/react-query'
import { call } from '../api/client'
import { useRows } from '../kit/rows'
import { Skeleton, Trouble } from '../kit/states'
import { fieldOf, useFormats, useWords } from '../words'
import { AuditTop } from './pages'
import { usePlatformWords } from './words'
import './platform.css'

/** Requests by people and programs of the business itself come without an application. */
const NOBODY = '00000000-0000-0000-0000-000000000000'

export function Usage() {
  const words = useWords()
  const own = usePlatformWords()
  const formats = useFormats()
  const list = useQuery({ queryKey: ['platform.usage', 'list'], queryFn: ({ signal }) => call('platform.usage.list', { signal }) })
  const known = [...new Set(list.data?.data.map(({ client }) => client))].filter((client) => client !== NOBODY)
  const clients = useRows('identity.oauth_client', { 'filter[id]': known.join(','), limit: 200 }, known.length > 0).rows
  const most = Math.max(1, ...(list.data?.data ?? []).map(({ requests }) => requests))
  return (
    <>
      <AuditTop title={own.usage} />
      <div className="page">
        {list.isPending && <Skeleton />}
        {list.isError && <Trouble error={list.error} retry={() => void list.refetch()} />}
        {list.data?.data.length === 0 && <p>{words.list.empty}</p>}
        {list.data && list.data.data.length > 0 && (
          <div className="scroll">
            <table className="list usage">
              <thead><tr><th scope="col">{own.day}</th><th scope="col">{fieldOf('client')}</th><th scope="col">{fieldOf('version')}</th><th scope="col">{own.requests}</th></tr></thead>
              <tbody>
                {list.data.data.map(({ day, client, version, requests }) => (
                  <tr key={`${day} ${client} ${version}`}>
                    <th scope="row">{formats.date(day)}</th>
                    <td>{client === NOBODY ? own.portal : (clients.find(({ id }) => id === client)?.name ?? client.slice(0, 8))}</td>
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
