// What Today asks for, of every context the reader may see.
import { queryOptions } from '@tanstack/react-query'
import { call, type Operation, type Row, type Topic } from '../api/client'
import { pagesOf } from '../api/pages'
import { appointmentsIn } from '../scheduling/appointment/queries'
import { addDays, rangeOf, utcOf, type Day } from '../scheduling/appointment/week'

const FEW = 50
const SOON = 30

export const ofToday = (today: Day, zone: string) => appointmentsIn(rangeOf(today, 1, zone))

type Counted<T extends Topic> = { data: Row<T>[]; meta: { counts: Record<string, number> } }

/** The first of some, and how many there are of which kind. */
const counted = <T extends Topic>(topic: T, count: string, query: Record<string, string>) => queryOptions({
  queryKey: [topic, 'counted', query],
  queryFn: ({ signal }) => call(`${topic}.list` as Operation, { query: { ...query, count, include: 'names', limit: FEW }, signal }) as unknown as Promise<Counted<T>>,
  select: ({ data, meta: { counts } }) => ({ rows: data, of: (...kinds: string[]) => kinds.reduce((sum, kind) => sum + (counts[kind] ?? 0), 0), all: Object.values(counts).reduce((sum, one) => sum + one, 0) }),
})

export const pending = (today: Day, zone: string) =>
  counted('scheduling.appointment', 'status', { 'filter[status]': 'pending', 'filter[starts_at]': `${utcOf(today, zone)}..`, sort: 'starts_at' })

export const openIssues = counted('support.issue', 'priority', { 'filter[status]': 'open', sort: 'created_at' })

export const ending = (today: Day, zone: string) =>
  counted('licensing.license', 'status', { 'filter[status]': 'active,grace', 'filter[ends_at]': `${utcOf(today, zone)}..${utcOf(addDays(today, SOON), zone)}`, sort: 'ends_at' })

export const parked = counted('purchasing.purchase_event', 'status', { 'filter[status]': 'parked' })

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
    const ask = (cursor?: string) => call('platform.audit.list' as Operation, { query: { limit: FEW, include: 'names', cursor }, signal }) as unknown as Promise<Page>
    return { pages: await pagesOf(ask, (pages) => newsOf(pages).length === NEWS || pages.length === NEWS_PAGES) }
  },
  select: ({ pages }) => newsOf(pages),
  // Nothing nudges for all of what happens.
  refetchInterval: 20_000,
})
