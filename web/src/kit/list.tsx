// A list: a table of links whose state (words, filters, order) is in the address.
import { Link } from '@tanstack/react-router'
import { lazy, Suspense, useDeferredValue, useRef } from 'react'
import type { Operation, Topic } from '../api/client'
import { may, useMe } from '../api/rights'
import { fieldOf, humanised, useTexts, labelOf } from '../texts'
import { AsOf, ChooseMoment, useAsOf } from './as-of'
import { Cell } from './cell'
import { Bulk, useChosen } from './choosing'
import { Create } from './create'
import { Download } from './download'
import { useEmptyTexts } from './empty'
import { Belonging, Chip, Find, listingOf, useNarrowed } from './filters'
import { More } from './more'
import { kindOf } from './contract'
import type { Resource, View } from './resource'
import { filtered, useRows } from './rows'
import { topicOf } from './referred'
import { Siblings } from './siblings'
import { SortHeading } from './sort-heading'
import { Heading, Skeleton, Trouble } from './states'
import { Top } from './shell'
import { Tabs, useView } from './tabs'
import { Avatar } from './value'
import { useColumns, useSaved } from './views'
import { useWalk } from './walk'

const Pick = lazy(async () => ({ default: (await import('./pick')).Pick }))

type Any = { id: string; version: number } & Record<string, unknown>

export function List({ resource }: { resource: Resource }) {
  const texts = useTexts()
  const emptyOf: Record<string, string | undefined> = useEmptyTexts()
  const me = useMe()
  const [narrowed, narrow] = useNarrowed()
  const page = useRef<HTMLDivElement>(null)
  const { topic } = resource
  const listing = listingOf(topic)
  const sorts = listing?.sort ?? []
  const filters = resource.filters.filter((name) => listing?.filters[name]?.length && name !== resource.tabs)
  const past = useAsOf(listing)
  const query = useDeferredValue({ as_of: past, q: narrowed.q, ...filtered(Object.fromEntries(Object.keys(listing?.filters ?? {}).map((name) => [name, narrowed[name]]))) })
  const picked = resource.filters.flatMap((name): [string, Topic][] => {
    const other = topicOf(name) as Topic | undefined
    return other && me && may(me.rights, `${other}.list`) ? [[name, other]] : []
  })
  const views = resource.useViews?.() ?? viewsOf(resource, texts.list.all)
  const named = useView(views)
  // An address that narrows by what the first view does, and names none, is taken at its word.
  const view = narrowed.view === undefined && Object.keys(views[0]?.query ?? {}).some((field) => narrowed[field] !== undefined) ? 'all' : named
  const { query: by = {}, sort = resource.sort } = views.find((one) => one.view === view) ?? {}
  const { list, counts, asOf, rows: found } = useRows(topic, { ...query, sort: narrowed.sort ?? sort, count: resource.tabs, ...filtered(by) })
  // What a view asks for besides narrows what is counted: of the others it says nothing.
  const tabs = counted(views, resource.tabs, Object.keys(by).every((field) => field === resource.tabs) ? counts : undefined).filter((tab) => tab.count !== 0 || tab.view === view)
  // Where all have the same value, tabs would tell nothing.
  const telling = resource.useViews || tabs.length > 2 || view !== views[0]?.view ? tabs : []
  const saved = useSaved(topic)
  const { columns, menu } = useColumns(resource)
  const rows = found as unknown as Any[]
  const bulk = (!past && resource.bulk?.filter((name) => me && may(me.rights, name))) || []
  const { chosen, toggle, choose } = useChosen(bulk.length > 0)
  useWalk(page)
  const title = texts.places[topic] ?? humanised(topic.split('.')[1]!)
  return (
    <>
      <Top>
        <div className="crumbs"><Heading>{title}</Heading></div>
        {resource.siblings && <Siblings label={title} of={resource.siblings} />}
        {telling.length + saved.tabs.length > 0 && <Tabs label={title} tabs={[...(telling.length > 0 ? telling : tabs.slice(0, 1)), ...saved.tabs]} open={saved.open} />}
        <span className="grow" />
        {!past && <Create resource={resource} />}
      </Top>
      {past && <AsOf at={asOf} />}
      <div className="page" ref={page}>
        <div className="filters" role="search">
          {listing?.finds && <Find />}
          {filters.map((name) => <Chip key={name} name={name} values={listing!.filters[name]!} />)}
          {picked.map(([name, topic]) => <Suspense key={name}><Pick topic={topic} label={fieldOf(name)} value={narrowed[name]} change={(id) => narrow({ [name]: id })} /></Suspense>)}
          {Object.keys(listing?.filters ?? {}).filter((name) => !picked.some(([one]) => one === name)).map((name) => <Belonging key={name} name={name} />)}
          {saved.button}
          <span className="hint" aria-live="polite">{list.isSuccess && texts.list.count(rows.length)}</span>
          <span className="grow" />
          {!past && <ChooseMoment of={listing} />}
          <Download of={`${topic}.list` as Operation} query={{ ...query, ...filtered(by) }} />
          {menu}
        </div>
        {list.isPending && <Skeleton />}
        {list.isError && <Trouble error={list.error} retry={() => void list.refetch()} />}
        {list.isSuccess && rows.length === 0 && <p>{narrowed.q ? texts.list.noMatch(narrowed.q) : (Object.keys(narrowed).length === 0 && emptyOf[topic]) || texts.list.empty}</p>}
        {rows.length > 0 && (
          <div className="scroll">
            <table className="list">
              <thead>
                <tr>
                  {bulk.length > 0 && (
                    <th scope="col" className="choose">
                      <input type="checkbox" aria-label={texts.list.all} checked={rows.every(({ id }) => chosen.has(id))} onChange={(event) => choose(new Set(event.target.checked ? rows.map(({ id }) => id) : []))} />
                    </th>
                  )}
                  <SortHeading sorts={sorts} name={['display_name', 'name', 'number', 'email'].find((name) => sorts.includes(name)) ?? ''} label={title} />
                  {columns.map(({ name }) => <SortHeading key={name} sorts={sorts} name={name} label={fieldOf(name)} />)}
                </tr>
              </thead>
              <tbody>
                {rows.map((row) => (
                  <tr key={row.id} data-chosen={chosen.has(row.id) || undefined}>
                    {bulk.length > 0 && (
                      <td className="choose">
                        <input type="checkbox" aria-label={resource.title(row as never)} checked={chosen.has(row.id)} onChange={() => toggle(row.id)} />
                      </td>
                    )}
                    <th scope="row">
                      <Link to={`/${resource.place}/${row.id}` as never} search={{ as_of: past } as never} data-row={row.id}>
                        {resource.people && <Avatar id={row.id} name={resource.title(row as never)} />}
                        {resource.title(row as never)}
                      </Link>
                    </th>
                    {columns.map((column) => <td key={column.name} data-label={speaks(topic, column.name) ? undefined : fieldOf(column.name)}><Cell topic={topic} column={column} row={row as never} /></td>)}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        <More of={list} />
        <Bulk rows={rows.filter(({ id }) => chosen.has(id))} acts={bulk} clear={() => choose(new Set())} />
      </div>
    </>
  )
}

/** Whether a value says by itself what it is, where no heading stands above it. */
const speaks = (topic: Topic, name: string) => ['text', 'enum', 'id'].includes(kindOf(topic, name) ?? '')

/** The tabs that the values of a field make, after one for all. */
function viewsOf({ topic, tabs }: Resource, all: string): View[] {
  const values = (tabs && listingOf(topic)?.filters[tabs]) || []
  return [{ view: 'all', label: all, query: {} }, ...values.map((value) => ({ view: value, label: labelOf(value), query: { [tabs!]: value } }))]
}

/** Views with how many there are, as far as a count by one field says it. */
function counted(views: View[], by: string | undefined, counts: Record<string, number> | undefined): View[] {
  const of = ({ query }: View) => {
    const fields = Object.keys(query)
    if (!counts || fields.some((field) => field !== by)) return undefined
    return fields.length === 0 ? Object.values(counts).reduce((sum, count) => sum + count, 0) : (counts[query[by!]!] ?? 0)
  }
  return views.map((view) => ({ ...view, count: view.count ?? of(view) }))
}
