// What callers did, the newest first, page by page.
import { useInfiniteQuery } from '@tanstack/react-query'
import { call, type Answer } from '../api/client'

interface Rows {
  'platform.audit.exports': Answer<'platform.audit.exports'>['data'][number]
  'platform.audit.refusals': Answer<'platform.audit.refusals'>['data'][number]
}

export function useAuditRows<O extends keyof Rows>(of: O) {
  const list = useInfiniteQuery({
    queryKey: ['platform.audit', of],
    queryFn: ({ pageParam, signal }) => call(of as keyof Rows, { query: { limit: 100, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.page.next ?? undefined,
  })
  const rows = list.data?.pages.flatMap(({ data }) => data as Rows[O][]) ?? []
  return { list, rows }
}
