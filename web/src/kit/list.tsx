// A list: a table of links whose state (words, filters, order) is in the address.
import { Link, useNavigate } from '@tanstack/react-router'
import { ArrowDown, ArrowUp, Plus } from 'lucide-react'
import { useDeferredValue, useRef, useState } from 'react'
import { Button } from 'react-aria-components'
import type { Operation } from '../api/client'
import { may, useMe } from '../api/rights'
import { actOf, fieldOf, humanised, useWords } from '../words'
import { Bulk, useChosen } from './choosing'
import { Command } from './command'
import { Belonging, Chip, Find, listingOf, useNarrowed } from './filters'
import { useKeys } from './keys'
import { actsOf, Cell, type Resource, resourceOf, type View } from './resource'
import { filtered, useRows } from './rows'
import { Siblings } from './siblings'
import { Heading, Skeleton, Trouble } from './states'
import { Top } from './shell'
import { Tabs, useView } from './tabs'
import { Avatar } from './value'
import { useWalk } from './walk'
import './list.css'

const NONE: View[] = []
type Any = { id: string; version: number } & Record<string, unknown>

export function List({ resource }: { resource: Resource }) {
  const words = useWords()
  const me = useMe()
  const [narrowed] = useNarrowed()
  const page = useRef<HTMLDivElement>(null)
  const { topic } = resource
  const listing = listingOf(topic)
  const filters = resource.filters.filter((name) => listing?.filters[name]?.length)
  const query = useDeferredValue({ q: narrowed.q, sort: narrowed.sort ?? resource.sort, ...filtered(Object.fromEntries(Object.keys(listing?.filters ?? {}).map((name) => [name, narrowed[name]]))) })
  const views = resource.useViews?.() ?? NONE
  const view = useView(views)
  const { list, rows: found } = useRows(topic, { ...query, ...filtered(views.find((one) => one.view === view)?.query ?? {}) })
  const rows = found as unknown as Any[]
  const bulk = resource.bulk?.filter((name) => me && may(me.rights, name)) ?? []
  const { chosen, toggle, choose } = useChosen(bulk.length > 0)
  useWalk(page)
  const title = words.places[topic] ?? humanised(topic.split('.')[1]!)
  return (
    <>
      <Top>
        <div className="crumbs"><Heading>{title}</Heading></div>
        {resource.siblings && (
          <Siblings label={title} of={resource.siblings.map((topic) => ({ to: resourceOf(topic)!.place, name: words.places[topic] ?? topic, takes: `${topic}.list` }))} />
        )}
        {views.length > 0 && <Tabs label={title} tabs={views} />}
        <span className="grow" />
        <Create resource={resource} />
      </Top>
      <div className="page" ref={page}>
        <div className="filters" role="search">
          {listing?.finds && <Find />}
          {filters.map((name) => <Chip key={name} topic={topic} name={name} />)}
          {Object.keys(listing?.filters ?? {}).map((name) => <Belonging key={name} name={name} />)}
          <span className="hint" aria-live="polite">{list.isSuccess && words.list.count(rows.length)}</span>
        </div>
        {list.isPending && <Skeleton />}
        {list.isError && <Trouble error={list.error} retry={() => void list.refetch()} />}
        {list.isSuccess && rows.length === 0 && <p>{narrowed.q ? words.list.noMatch(narrowed.q) : words.list.empty}</p>}
        {rows.length > 0 && (
          <div className="scroll">
            <table className="list">
              <thead>
                <tr>
                  {bulk.length > 0 && (
                    <th scope="col" className="choose">
                      <input type="checkbox" aria-label={words.list.all} checked={rows.every(({ id }) => chosen.has(id))} onChange={(event) => choose(new Set(event.target.checked ? rows.map(({ id }) => id) : []))} />
                    </th>
                  )}
                  <SortHeading topic={topic} name={['display_name', 'name', 'number', 'email'].find((name) => listing?.sort.includes(name)) ?? ''} label={title} />
                  {resource.columns.map(({ name }) => <SortHeading key={name} topic={topic} name={name} label={fieldOf(name)} />)}
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
                      <Link to={`/${resource.place}/${row.id}` as never} data-row={row.id}>
                        {resource.people && <Avatar id={row.id} name={resource.title(row as never)} />}
                        {resource.title(row as never)}
                      </Link>
                    </th>
                    {resource.columns.map((column) => <td key={column.name}><Cell topic={topic} column={column} row={row as never} /></td>)}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        {list.hasNextPage && <Button className="button more" onPress={() => void list.fetchNextPage()} isDisabled={list.isFetchingNextPage}>{words.list.more}</Button>}
        <Bulk rows={rows.filter(({ id }) => chosen.has(id))} acts={bulk} clear={() => choose(new Set())} />
      </div>
    </>
  )
}

/** The buttons that make a new thing; `C`, if there is one way. */
export function Create({ resource, row }: { resource: Resource; row?: Any }) {
  const words = useWords()
  const me = useMe()
  const navigate = useNavigate()
  const [act, setAct] = useState<Operation>()
  const creates = actsOf(resource.topic).create.filter((name) => me && may(me.rights, name))
  useKeys({ c: () => setAct(creates[0]) })
  return (
    <>
      {creates.map((name) => (
        <Button key={name} className="button first" onPress={() => setAct(name)}>
          <Plus size={16} /> {creates.length === 1 ? words.list.create : actOf(name)}
        </Button>
      ))}
      {act && <Command name={act} row={row} close={() => setAct(undefined)} done={(id) => navigate({ to: `/${resource.place}/${id}` } as never)} />}
    </>
  )
}

/** The heading of a column; where the API can sort by it, a button: up, down, as it was. */
function SortHeading({ topic, name, label }: { topic: string; name: string; label: string }) {
  const [{ sort }, set] = useNarrowed()
  if (!listingOf(topic)?.sort.includes(name)) return <th scope="col">{label}</th>
  const order = sort === name ? 'ascending' : sort === `-${name}` ? 'descending' : 'none'
  const next = { none: name, ascending: `-${name}`, descending: undefined }[order]
  return (
    <th scope="col" aria-sort={order}>
      <button type="button" className="sort" onClick={() => set({ sort: next })}>
        {label} {order === 'ascending' && <ArrowUp size={14} aria-hidden="true" />}{order === 'descending' && <ArrowDown size={14} aria-hidden="true" />}
      </button>
    </th>
  )
}
