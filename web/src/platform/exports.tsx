// Who took which list or report away as a file, in whose name, and how much of it.
import type { Answer } from '../api/client'
import { titleOf } from '../kit/exports/path'
import { useQueryTold } from '../kit/exports/query'
import { More } from '../kit/more'
import { Skeleton, Trouble } from '../kit/states'
import { labelOf, useFormats, useTexts } from '../texts'
import { AuditTop } from './pages'
import { usePlatformRows } from './rows'
import { usePeople } from './people'
import { usePlatformTexts } from './texts'
import './platform.css'

type Taken = Answer<'platform.audit.exports'>['data'][number]

export function TakenAway() {
  const own = usePlatformTexts()
  const { list, rows: taken } = usePlatformRows('platform.audit.exports')
  const nameOf = usePeople(taken.flatMap(({ actor, impersonator }) => [actor, impersonator]))
  return (
    <>
      <AuditTop title={own.exports} />
      <div className="page">
        {list.isPending && <Skeleton />}
        {list.isError && <Trouble error={list.error} retry={() => void list.refetch()} />}
        {list.isSuccess && taken.length === 0 && <p>{own.nobodyTook}</p>}
        <ol className="stream">{taken.map((of) => <Line key={of.id} of={of} nameOf={nameOf} />)}</ol>
        <More of={list} />
      </div>
    </>
  )
}

function Line({ of, nameOf }: { of: Taken; nameOf: ReturnType<typeof usePeople> }) {
  const texts = useTexts()
  const own = usePlatformTexts()
  const formats = useFormats()
  const told = useQueryTold()
  const actor = nameOf(of.actor) ?? (of.role === 'guest' ? own.guest : labelOf(of.role))
  const who = of.impersonator ? texts.item.behalf(nameOf(of.impersonator) ?? texts.item.erased, actor) : actor
  return (
    <li>
      <span className="num">{texts.item.record(of.position)}</span>
      <span>
        {own.took(who, `${titleOf(of.path)}, ${labelOf(of.format)}`)}
        <small>{[own.rows(formats.number(of.rows)), of.query && told(of.query)].filter(Boolean).join(' · ')}</small>
      </span>
      <span />
      <time dateTime={of.at} title={formats.moment(of.at)}>{formats.ago(of.at)}</time>
    </li>
  )
}
