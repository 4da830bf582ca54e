// A list on the left, and what was chosen of it on the right. On a phone it is one or the other.
import { Link, useParams } from '@tanstack/react-router'
import { ChevronLeft } from 'lucide-react'
import { useRef, type ComponentProps, type ReactNode } from 'react'
import { Heading } from './states'
import { Top } from './shell'
import { useWalk } from './walk'
import './split-view.css'

interface Props {
  place: string
  title: string
  /** Beside the title: tabs, and on the right what makes a new one. */
  tabs?: ReactNode
  acts?: ReactNode
  list: ReactNode
  /** What stands on the right while nothing is chosen. */
  none: string
  children: (id: string) => ReactNode
}

export function SplitView({ place, title, tabs, acts, list, none, children }: Props) {
  const { id } = useParams({ strict: false }) as { id?: string }
  const side = useRef<HTMLDivElement>(null)
  useWalk(side, true)
  return (
    <div className="split" data-open={id !== undefined || undefined}>
      <Top>
        <div className="crumbs">
          {id ? <Link className="split-back" to={`/${place}` as never} search={asNow as never}><ChevronLeft size={18} aria-hidden="true" />{title}</Link> : <Heading>{title}</Heading>}
        </div>
        {tabs}
        <span className="grow" />
        {acts}
      </Top>
      <div className="split-list" ref={side}>{list}</div>
      <div className="split-detail">{id ? children(id) : <p className="hint">{none}</p>}</div>
    </div>
  )
}

/** Another thing is not looked at as of the same moment. */
const asNow = (before: object) => ({ ...before, as_of: undefined })

/** A row of the list. */
export function SplitRow({ place, id, faint, children, ...more }: ComponentProps<'li'> & { place: string; id: string; faint?: boolean }) {
  return (
    <li {...more}>
      <Link className="split-row" data-row={id} data-faint={faint || undefined} to={`/${place}/${id}` as never} search={asNow as never}>
        {children}
      </Link>
    </li>
  )
}
