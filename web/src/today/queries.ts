// What Today asks for, of every context the reader may see.
import { queryOptions, type QueryClient } from '@tanstack/react-query'
import { call, type Operation } from '../api/client'
import { pagesOf } from '../api/pages'
import { me, type Me } from '../api/rights'
import type { Right } from '../api/generated/names'
import { dashboard } from '../kit/dashboard'
import { dayOf } from '../kit/zone'
import { appointmentsOn, bookables } from '../scheduling/appointment/queries'
import type { Day } from '../scheduling/appointment/week'

const FEW = 50

/** What of the business somebody sees: what is one's own alone is no business of the day. */
export function seenBy(me: Me | undefined) {
  const all = (right: Right) => (me?.rights as Partial<Record<Right, string>> | undefined)?.[right] === 'all'
  return { appointments: all('appointments_run'), issues: all('issues_work'), licenses: all('licenses_manage'), parked: all('purchases_resolve'), audit: all('audit') }
}

/** Begins to ask for what is on the page, before it is drawn. */
export function askAhead(queries: QueryClient) {
  const account = queries.getQueryData(me.queryKey)
  const zone = account?.business?.zone
  if (!zone) return
  const sees = seenBy(account)
  if (!Object.values(sees).includes(true)) return
  void queries.prefetchQuery(dashboard(zone))
  if (sees.appointments) void queries.prefetchQuery(ofToday(dayOf(new Date(), zone), zone))
  if (sees.appointments) void queries.prefetchQuery(bookables)
  if (sees.audit) void queries.prefetchQuery(happened)
}

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
