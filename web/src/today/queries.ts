// What Today asks for, of every context the reader may see.
import { queryOptions } from '@tanstack/react-query'
import { call, type Operation } from '../api/client'
import { appointmentsIn } from '../scheduling/appointment/queries'
import { addDays, rangeOf, utcOf, type Day } from '../scheduling/appointment/week'

const FEW = 50
const SOON = 30

export const ofToday = (today: Day, zone: string) => appointmentsIn(rangeOf(today, 1, zone))

export const pending = (today: Day, zone: string) => queryOptions({
  queryKey: ['scheduling.appointment', 'pending', today],
  queryFn: async ({ signal }) => (await call('scheduling.appointment.list', { query: { 'filter[status]': 'pending', 'filter[starts_at]': `${utcOf(today, zone)}..`, sort: 'starts_at', limit: FEW }, signal })).data,
})

export const openIssues = queryOptions({
  queryKey: ['support.issue', 'open'],
  queryFn: async ({ signal }) => (await call('support.issue.list', { query: { 'filter[status]': 'open', limit: FEW }, signal })).data,
})

export const ending = (today: Day, zone: string) => queryOptions({
  queryKey: ['licensing.license', 'ending', today],
  queryFn: async ({ signal }) => (await call('licensing.license.list', { query: { 'filter[ends_at]': `${utcOf(today, zone)}..${utcOf(addDays(today, SOON), zone)}`, sort: 'ends_at', limit: FEW }, signal })).data,
})

export const parked = queryOptions({
  queryKey: ['purchasing.purchase_event', 'parked'],
  queryFn: async ({ signal }) => (await call('purchasing.purchase_event.list', { query: { 'filter[status]': 'parked', limit: FEW }, signal })).data,
})

export interface Happened {
  position: number
  type: string
  topic: string
  id: string
  actor: string | null
  recorded_at: string
}

/** The last of what happened; that somebody signed in, looked at a time or was told of it is no news. */
export const happened = queryOptions({
  queryKey: ['platform.audit', 'last'],
  queryFn: ({ signal }) => call('platform.audit.list' as Operation, { query: { limit: FEW, include: 'names' }, signal }) as unknown as Promise<{ data: Happened[] }>,
  select: ({ data }) => data.filter(({ topic, type }) => !/session|notification/.test(topic) && !/Held|Released/.test(type)).slice(0, 6),
  // Nothing nudges for all of what happens.
  refetchInterval: 20_000,
})
