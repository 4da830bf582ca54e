// What the screens of scheduling ask for: appointments of some days, who and what serves, and what is offered.
import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { call, type Row } from '../../api/client'
import { may, useMe } from '../../api/rights'
import type { Availability } from './week'

export type Appointment = Row<'scheduling.appointment'>
export type Service = Row<'scheduling.service'>
export type Customer = Row<'crm.customer'>
/** A person, chair, bay or room. */
export type Bookable = Omit<Row<'scheduling.resource'>, 'availability'> & { availability: Availability }

/** As many as a page has at most. */
const PAGE = 200
/** More than a large house has in a week. */
const MOST = 2_000

type Page<R> = { data: R[]; page: { next?: string | null } }

/** All pages of a list. */
async function every<R>(read: (cursor?: string) => Promise<Page<R>>): Promise<R[]> {
  const found: R[] = []
  let cursor: string | undefined
  do {
    const { data, page } = await read(cursor)
    found.push(...data)
    cursor = page.next ?? undefined
  } while (cursor && found.length < MOST)
  return found
}

/** Those that begin in a range of time, in its order. */
export const appointmentsIn = (range: string) => queryOptions({
  queryKey: ['scheduling.appointment', 'in', range],
  queryFn: ({ signal }) => every<Appointment>((cursor) => call('scheduling.appointment.list', { query: { 'filter[starts_at]': range, sort: 'starts_at', limit: PAGE, cursor }, signal })),
  placeholderData: keepPreviousData,
})

export const bookables = queryOptions({
  queryKey: ['scheduling.resource', 'in use'],
  queryFn: async ({ signal }) => {
    const { data } = await call('scheduling.resource.list', { query: { 'filter[status]': 'in_use', limit: PAGE }, signal })
    const people = (of: Bookable) => (of.kind === 'person' ? 0 : 1)
    return (data as Bookable[]).toSorted((one, other) => people(one) - people(other))
  },
})

export const services = queryOptions({
  queryKey: ['scheduling.service', 'all'],
  queryFn: async ({ signal }) => (await call('scheduling.service.list', { query: { limit: PAGE }, signal })).data,
})

const customers = queryOptions({
  queryKey: ['crm.customer', 'names'],
  queryFn: ({ signal }) => every<Customer>((cursor) => call('crm.customer.list', { query: { limit: PAGE, cursor }, signal })),
})

export const customerOf = (id: string) => queryOptions({
  queryKey: ['crm.customer', 'item', id],
  queryFn: ({ signal }) => call('crm.customer.find', { path: { id }, signal }),
  select: ({ data }) => data,
})

export const visitsOf = (customer: string) => queryOptions({
  queryKey: ['scheduling.appointment', 'of', customer],
  queryFn: async ({ signal }) => (await call('scheduling.appointment.of_customer', { query: { customer_id: customer, sort: '-starts_at', limit: 50 }, signal })).data,
})

/** The names of what appointments refer to; an empty text until they are known. */
export function useNames() {
  const me = useMe()
  const reads = (topic: string) => me !== undefined && may(me.rights, `${topic}.list`)
  const who = useQuery({ ...customers, enabled: reads('crm.customer') })
  const what = useQuery({ ...services, enabled: reads('scheduling.service') })
  const whom = useQuery({ ...bookables, enabled: reads('scheduling.resource') })
  // The same object while the names are the same: boxes are not drawn anew.
  return useMemo(() => {
    const called = byId(who.data)
    const offered = byId(what.data)
    const used = byId(whom.data)
    return {
      customer: (id?: string | null) => called.get(id ?? '')?.display_name ?? '',
      service: (id: string) => offered.get(id),
      resource: (id: string) => used.get(id),
      /** The people who serve an appointment; without any, its chairs and rooms. */
      servedBy: ({ resources }: Pick<Appointment, 'resources'>) => {
        const all = resources.map((id) => used.get(id)).filter((one) => one !== undefined)
        const people = all.filter(({ kind }) => kind === 'person')
        return (people.length > 0 ? people : all).map(({ name }) => name ?? '').join(', ')
      },
    }
  }, [who.data, what.data, whom.data])
}

export type Names = ReturnType<typeof useNames>

const byId = <T extends { id: string }>(rows: T[] = []) => new Map(rows.map((row) => [row.id, row]))
