// Who asked for what they may not do, and which right it would have taken.
import { useQuery } from '@tanstack/react-query'
import { call } from '../api/client'
import { useRows } from '../kit/rows'
import { Skeleton, Trouble } from '../kit/states'
import { rightOf, useFormats, wordOf } from '../words'
import { AuditTop } from './pages'
import { usePlatformWords } from './words'
import './platform.css'

export function Refusals() {
  const own = usePlatformWords()
  const formats = useFormats()
  const list = useQuery({ queryKey: ['platform.audit', 'refusals'], queryFn: ({ signal }) => call('platform.audit.refusals', { query: { limit: 200 }, signal }) })
  const actors = [...new Set(list.data?.data.flatMap(({ actor }) => actor ?? []))]
  const people = useRows('identity.user', { 'filter[id]': actors.join(','), limit: 200 }, actors.length > 0).rows
  const nameOf = (id: string | null | undefined) => people.find((person) => person.id === id)?.name
  return (
    <>
      <AuditTop title={own.refusals} />
      <div className="page">
        {list.isPending && <Skeleton />}
        {list.isError && <Trouble error={list.error} retry={() => void list.refetch()} />}
        {list.data?.data.length === 0 && <p>{own.none}</p>}
        <ol className="stream">
          {list.data?.data.map(({ id, actor, at, lacking, method, path, role, network }) => (
            <li key={id}>
              <span className="num">{method.toUpperCase()}</span>
              <span>
                {own.refused(nameOf(actor) ?? (role === 'guest' ? own.guest : wordOf(role)), lacking ? rightOf(lacking) : path)}
                <small>{[path, network].filter(Boolean).join(' · ')}</small>
              </span>
              <span />
              <time dateTime={at} title={formats.moment(at)}>{formats.ago(at)}</time>
            </li>
          ))}
        </ol>
      </div>
    </>
  )
}
