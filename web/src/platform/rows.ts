// What callers did and what got stuck, the newest first, page by page.
import { useInfiniteQuery } from '@tanstack/react-query'
import { call, type Answer } from '../api/client'

interface Rows {
  'platform.audit.exports': Answer<'platform.audit.exports'>['data'][number]
  'platform.audit.refusals': Answer<'platform.audit.refusals'>['data'][number]
  'platform.parked.list': Answer<'platform.parked.list'>['data'][number]
}

/** `every`: how often they are asked for again, where nothing nudges. */
export function usePlatformRows<O extends keyof Rows>(of: O, every?: number) {
  const list = useInfiniteQuery({
    queryKey: [of.slice(0, of.lastIndexOf('.')), of],
    queryFn: ({ pageParam, signal }) => call(of as keyof Rows, { query: { limit: 100, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.page.next ?? undefined,
    refetchInterval: every,
  })
  const rows = list.data?.pages.flatMap(({ data }) => data as Rows[O][]) ?? []
  return { list, rows }
}
