// An item: what happened to it beside its facts, each of which can be asked why it is so.
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { ChevronRight } from 'lucide-react'
import { Suspense, useRef } from 'react'
import { may, useMe } from '../api/rights'
import { humanised, useFormats, useTexts } from '../texts'
import { Acts } from './acts'
import { Facts, differing } from './facts'
import { History } from './history'
import { useKeys } from './keys'
import { IntoPast, Past, useMoment } from './past'
import type { Resource } from './resource'
import { Top } from './shell'
import { Heading, Skeleton, Trouble } from './states'
import { Avatar } from './value'

/** `id`: of another thing than the address names. */
export function Item({ resource, id: other }: { resource: Resource; id?: string }) {
  const texts = useTexts()
  const formats = useFormats()
  const me = useMe()
  const { id: named } = useParams({ strict: false }) as { id: string }
  const id = other ?? named
  const navigate = useNavigate()
  const { topic, acts: ItsActs = Acts } = resource
  const { item, now, past, go } = useMoment(topic, id)
  const row = item.data?.data
  const title = row ? resource.title(row as never) : ''
  const place = texts.places[topic] ?? humanised(topic.split('.')[1]!)
  const page = useRef<HTMLDivElement>(null)
  const seesHistory = me !== undefined && may(me.rights, `${topic}.history`)
  useKeys({
    h: () => page.current?.querySelector('#history')?.scrollIntoView(),
    w: () => whyOf(page.current)?.click(),
    Escape: () => (past ? go(undefined) : void navigate({ to: `/${resource.place}` } as never)),
  })
  return (
    <>
      <Top>
        <nav className="crumbs" aria-label={texts.item.path}>
          <Link to={`/${resource.place}` as never}>{place}</Link>
          <ChevronRight size={16} aria-hidden="true" />
          <span aria-current="page">{title}</span>
        </nav>
        <span className="grow" />
        {row && seesHistory && !past && <IntoPast topic={topic} id={id} past={past} go={go} />}
        {row && <Suspense><ItsActs topic={topic} title={title} row={row} acts={item.data?.meta.acts} /></Suspense>}
      </Top>
      {row && past && now && <Past topic={topic} id={id} past={past} go={go} differing={differing(resource, row, now)} />}
      {item.isPending && <div className="page"><Skeleton /></div>}
      {item.isError && <div className="page"><Heading>{place}</Heading><Trouble error={item.error} retry={() => void item.refetch()} /></div>}
      {row && (
        <div className="thing" ref={page}>
          <div className="page">
            <div className="title">
              {resource.people && <Avatar id={id} name={title} large />}
              <div>
                <Heading>{title}</Heading>
                {resource.head ? <div className="badges">{resource.head(row as never, past?.at)}</div> : <p>{texts.item.since(formats.day(row.created_at))}</p>}
              </div>
            </div>
            <Suspense fallback={<Skeleton rows={3} />}>
              {resource.panels?.map((Panel, at) => <Panel key={at} row={row as never} at={past?.at} />)}
              {!past && resource.around?.map((Panel, at) => <Panel key={at} row={row as never} />)}
            </Suspense>
            {seesHistory && <History topic={topic} id={id} until={past?.position} />}
          </div>
          <aside aria-label={texts.item.facts}><Facts resource={resource} row={row} now={past && now} until={past?.position} /></aside>
        </div>
      )}
    </>
  )
}

/** The question sign of the fact that has the focus, or of the first one. */
const whyOf = (page: HTMLElement | null) =>
  (document.activeElement?.closest('.facts > div') ?? page)?.querySelector<HTMLElement>('.why')
