// Who asked for what they may not do, and which right it would have taken.
import { More } from '../kit/more'
import { Skeleton, Trouble } from '../kit/states'
import { rightOf, useFormats, labelOf } from '../texts'
import { AuditTop } from './pages'
import { usePlatformRows } from './rows'
import { usePeople } from './people'
import { usePlatformTexts } from './texts'
import './platform.css'

export function Refusals() {
  const own = usePlatformTexts()
  const formats = useFormats()
  const { list, rows: refused } = usePlatformRows('platform.audit.refusals')
  const nameOf = usePeople(refused.map(({ actor }) => actor))
  return (
    <>
      <AuditTop title={own.refusals} />
      <div className="page">
        {list.isPending && <Skeleton />}
        {list.isError && <Trouble error={list.error} retry={() => void list.refetch()} />}
        {list.isSuccess && refused.length === 0 && <p>{own.none}</p>}
        <ol className="stream">
          {refused.map(({ id, actor, at, lacking, method, path, role, network }) => (
            <li key={id}>
              <span className="num">{method.toUpperCase()}</span>
              <span>
                {own.refused(nameOf(actor) ?? (role === 'guest' ? own.guest : labelOf(role)), lacking ? rightOf(lacking) : path)}
                <small>{[path, network].filter(Boolean).join(' · ')}</small>
              </span>
              <span />
              <time dateTime={at} title={formats.moment(at)}>{formats.ago(at)}</time>
            </li>
          ))}
        </ol>
        <More of={list} />
      </div>
    </>
  )
}
