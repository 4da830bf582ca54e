// An item: what happened to it beside its facts, each of which can be asked why it is so.
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { ChevronRight } from 'lucide-react'
import { useRef } from 'react'
import type { Row, Topic } from '../api/client'
import { may, useMe } from '../api/rights'
import { fieldOf, humanised, useFormats, useWords } from '../words'
import { Acts } from './acts'
import { History } from './history'
import { useKeys } from './keys'
import { one, type Found } from './one'
import { Reference, topicOf } from './reference'
import { Cell, factsOf, type Column, type Resource } from './resource'
import { Top } from './shell'
import { Heading, Skeleton, Trouble } from './states'
import { Avatar } from './value'
import { Why } from './why'

/** `id`: of another thing than the address names. */
export function Item({ resource, id: given }: { resource: Resource; id?: string }) {
  const words = useWords()
  const formats = useFormats()
  const me = useMe()
  const { id: named } = useParams({ strict: false }) as { id: string }
  const id = given ?? named
  const navigate = useNavigate()
  const { topic } = resource
  const item = useQuery(one(topic, id))
  const row = item.data?.data
  const title = row ? resource.title(row as never) : ''
  const page = useRef<HTMLDivElement>(null)
  useKeys({
    h: () => page.current?.querySelector('#history')?.scrollIntoView(),
    w: () => whyOf(page.current)?.click(),
    Escape: () => void navigate({ to: `/${resource.place}` } as never),
  })
  return (
    <>
      <Top>
        <nav className="crumbs" aria-label="Breadcrumb">
          <Link to={`/${resource.place}` as never}>{words.places[topic] ?? humanised(topic.split('.')[1]!)}</Link>
          <ChevronRight size={16} aria-hidden="true" />
          <span aria-current="page">{title}</span>
        </nav>
        <span className="grow" />
        {row && <Acts topic={topic} title={title} row={row} acts={item.data?.meta.acts} />}
      </Top>
      {item.isPending && <div className="page"><Skeleton /></div>}
      {item.isError && <div className="page"><Trouble error={item.error} retry={() => void item.refetch()} /></div>}
      {row && (
        <div className="thing" ref={page}>
          <div className="page">
            <div className="title">
              {resource.people && <Avatar id={id} name={title} large />}
              <div>
                <Heading>{title}</Heading>
                {resource.head ? <div className="badges">{resource.head(row as never)}</div> : <p>{words.item.since(formats.day(row.created_at))}</p>}
              </div>
            </div>
            {resource.panels?.map((Panel, at) => <Panel key={at} row={row as never} />)}
            {me && may(me.rights, `${topic}.history`) && <History topic={topic} id={id} />}
          </div>
          <aside aria-label={words.item.facts}>
            <dl className="facts">
              {factsOf(resource).map((fact) => (
                <div key={fact.name}>
                  <dt>{fieldOf(fact.name)} <Why topic={topic} id={id} field={fact.name} /></dt>
                  <dd><Fact topic={topic} of={fact} row={row} /></dd>
                </div>
              ))}
            </dl>
          </aside>
        </div>
      )}
    </>
  )
}

/** The question sign of the fact that has the focus, or of the first one. */
const whyOf = (page: HTMLElement | null) =>
  (document.activeElement?.closest('.facts > div') ?? page)?.querySelector<HTMLElement>('.why')

function Fact({ topic, of, row }: { topic: Topic; of: Column<Row<Topic>>; row: Found<Topic>['data'] }) {
  const referred = topicOf(of.name)
  const value = (row as Record<string, unknown>)[of.name]
  if (!referred || !value) return <Cell topic={topic} column={of} row={row} />
  return [value].flat().map((id) => <div key={String(id)}><Reference topic={referred} id={String(id)} /></div>)
}
