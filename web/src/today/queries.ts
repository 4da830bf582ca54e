// What Today asks for, of every context the reader may see.
import { queryOptions } from '@tanstack/react-query'
import { call, type Operation } from '../api/client'
import { pagesOf } from '../api/pages'
import { appointmentsOn } from '../scheduling/appointment/queries'
import type { Day } from '../scheduling/appointment/week'

const FEW = 50

export const ofToday = (today: Day, zone: string) => appointmentsOn(today, 1, zone)

export interface Happened {
  position: number
  type: string
  topic: string
  id: string
  actor: string | null
  recorded_at: string
}

const NEWS = 6
const NEWS_PAGES = 5
/** That somebody signed in, looked at a time, was told of it or prefers something is no news. */
const newsOf = (pages: { data: Happened[] }[]) => pages.flatMap(({ data }) => data).filter(({ topic, type }) => !/session|notification|preferences/.test(topic) && !/Held|Released/.test(type)).slice(0, NEWS)

/** The last of what happened that is news. */
export const happened = queryOptions({
  queryKey: ['platform.audit', 'last'],
  queryFn: async ({ signal }) => {
    type Page = { data: Happened[]; page: { next?: string | null } }
    const fetchPage = (cursor?: string) => call('platform.audit.list' as Operation, { query: { limit: FEW, include: 'names', cursor }, signal }) as unknown as Promise<Page>
    return { pages: await pagesOf(fetchPage, (pages) => newsOf(pages).length === NEWS || pages.length === NEWS_PAGES) }
  },
  select: ({ pages }) => newsOf(pages),
  // Nothing nudges for all of what happens.
  refetchInterval: 20_000,
})
