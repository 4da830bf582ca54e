// The rows of a topic's list, page by page.
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { call, type Operation, type Row, type Topic } from '../api/client'
import { pagesOf } from '../api/pages'

type Query = Record<string, string | number | undefined>
type Path = Record<string, string>
type Page<T extends Topic> = { data: Row<T>[]; page: { next?: string | null }; meta: { as_of: string; counts?: Record<string, number> } }

const LIMIT = 50
/** As many as a page may have. */
const MOST = 200

/** What a list is asked for, as the API wants it: `{ status: 'open' }` → `filter[status]=open`. */
export const filtered = (by: Record<string, string | undefined>): Query => Object.fromEntries(Object.entries(by).map(([name, value]) => [`filter[${name}]`, value]))

const page = <T extends Topic>(topic: T, query: Query, signal: AbortSignal, path?: Path) => call(`${topic}.list` as Operation, { path, query: { include: 'names', ...query }, signal }) as unknown as Promise<Page<T>>

/** All rows, however many: for menus, and for what is drawn as a whole. */
export function useAllRows<T extends Topic>(topic: T, query: Query, enabled = true) {
  const all = useQuery({
    queryKey: [topic, 'all', query],
    queryFn: async ({ signal }) => ({ pages: await pagesOf((cursor) => page(topic, { ...query, limit: MOST, cursor }, signal)) }),
    enabled,
  })
  return all.data?.pages.flatMap(({ data }) => data) ?? []
}

/** The rows so far, and the way to more; `path`: of a list that belongs to a thing. */
export function useRows<T extends Topic>(topic: T, query: Query, enabled = true, path?: Path) {
  const list = useInfiniteQuery({
    queryKey: [topic, 'list', query, path],
    queryFn: ({ pageParam, signal }) => page(topic, { limit: LIMIT, ...query, cursor: pageParam }, signal, path),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.page.next ?? undefined,
    placeholderData: keepPreviousData,
    enabled,
  })
  /** How many there are by the field that was asked for by `count`. */
  const counts = list.data?.pages[0]?.meta.counts
  return { list, counts, asOf: list.data?.pages[0]?.meta.as_of, rows: list.data?.pages.flatMap((page) => page.data) ?? [] }
}
