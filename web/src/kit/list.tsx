// A list: a table of links whose state (words, filters, order) is in the address.
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { useDeferredValue, useState } from 'react'
import { Button } from 'react-aria-components'
import { call, type Operation } from '../api/client'
import { may, useMe } from '../api/rights'
import { humanised, useWords } from '../words'
import { Command } from './command'
import { actsOf, Cell, type Resource } from './resource'
import { Heading, Skeleton, Trouble } from './states'
import { Top } from './shell'
import { Avatar } from './value'

type Rows = { data: { id: string }[]; page: { next?: string | null } }

export function List({ resource }: { resource: Resource }) {
  const words = useWords()
  const me = useMe()
  const navigate = useNavigate()
  const search = useSearch({ strict: false }) as Record<string, string | undefined>
  const [act, setAct] = useState<Operation>()
  const q = useDeferredValue(search.q)
  const filters = Object.fromEntries(Object.keys(resource.filters).map((name) => [`filter[${name}]`, search[name]]))
  const list = useInfiniteQuery({
    queryKey: [resource.topic, 'list', { q, filters }],
    queryFn: ({ pageParam, signal }) =>
      call(`${resource.topic}.list` as Operation, { query: { q, ...filters, cursor: pageParam, limit: 50 }, signal }) as unknown as Promise<Rows>,
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.page.next ?? undefined,
    placeholderData: keepPreviousData,
  })
  const set = (name: string, value: string) =>
    navigate({ to: '.', search: (before: Record<string, unknown>) => ({ ...before, [name]: value || undefined }), replace: true } as never)
  const rows = list.data?.pages.flatMap((page) => page.data) ?? []
  const creates = actsOf(resource.topic).create.filter((name) => me && may(me.rights, name))
  const title = words.places[resource.topic] ?? humanised(resource.topic.split('.')[1]!)
  return (
    <>
      <Top>
        <div className="crumbs"><Heading>{title}</Heading></div>
        <span className="grow" />
        {creates.map((name) => (
          <Button key={name} className="button first" onPress={() => setAct(name)}>
            <Plus size={16} /> {creates.length === 1 ? words.list.create : humanised(name.split('.')[2]!)}
          </Button>
        ))}
      </Top>
      <div className="page">
        <div className="filters" role="search">
          <span className="field find">
            <input type="search" aria-label={words.list.find} placeholder={words.list.find} defaultValue={search.q} onChange={(event) => set('q', event.target.value)} />
          </span>
          {Object.entries(resource.filters).map(([name, values]) => (
            <span className="field" key={name}>
              <select aria-label={humanised(name)} value={search[name] ?? ''} onChange={(event) => set(name, event.target.value)}>
                <option value="">{humanised(name)}: {words.list.all}</option>
                {values?.map((value) => <option key={value} value={value}>{humanised(value)}</option>)}
              </select>
            </span>
          ))}
          <span className="hint" aria-live="polite">{list.isSuccess && words.list.count(rows.length)}</span>
        </div>
        {list.isPending && <Skeleton />}
        {list.isError && <Trouble error={list.error} retry={() => void list.refetch()} />}
        {list.isSuccess && rows.length === 0 && <p>{q ? words.list.noMatch(q) : words.list.empty}</p>}
        {rows.length > 0 && (
          <div className="scroll">
            <table className="list">
              <thead>
                <tr>
                  <th scope="col">{title}</th>
                  {resource.columns.map(({ name }) => <th key={name} scope="col">{humanised(name)}</th>)}
                </tr>
              </thead>
              <tbody>
                {rows.map((row) => (
                  <tr key={row.id}>
                    <th scope="row">
                      <Link to={`/${resource.place}/${row.id}` as never}>
                        {resource.people && <Avatar id={row.id} name={resource.title(row as never)} />}
                        {resource.title(row as never)}
                      </Link>
                    </th>
                    {resource.columns.map((column) => <td key={column.name}><Cell topic={resource.topic} column={column} row={row as never} /></td>)}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        {list.hasNextPage && <Button className="button" onPress={() => void list.fetchNextPage()} isDisabled={list.isFetchingNextPage}>{words.list.more}</Button>}
      </div>
      {act && <Command name={act} close={() => setAct(undefined)} done={(id) => navigate({ to: `/${resource.place}/${id}` } as never)} />}
    </>
  )
}
