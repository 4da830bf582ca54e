// The rows of a topic's list, page by page.
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { call, type Operation, type Row, type Topic } from '../api/client'

type Query = Record<string, string | number | undefined>
type Page<T extends Topic> = { data: Row<T>[]; page: { next?: string | null }; meta: { counts?: Record<string, number> } }

const LIMIT = 50

/** What a list is asked for, as the API wants it: `{ status: 'open' }` → `filter[status]=open`. */
export const filtered = (by: Record<string, string | undefined>): Query => Object.fromEntries(Object.entries(by).map(([name, value]) => [`filter[${name}]`, value]))

export function useRows<T extends Topic>(topic: T, query: Query, enabled = true) {
  const list = useInfiniteQuery({
    queryKey: [topic, 'list', query],
    queryFn: ({ pageParam, signal }) => call(`${topic}.list` as Operation, { query: { limit: LIMIT, include: 'names', ...query, cursor: pageParam }, signal }) as unknown as Promise<Page<T>>,
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.page.next ?? undefined,
    placeholderData: keepPreviousData,
    enabled,
  })
  /** How many there are by the field that was asked for by `count`. */
  const counts = list.data?.pages[0]?.meta.counts
  return { list, counts, rows: list.data?.pages.flatMap((page) => page.data) ?? [] }
}
