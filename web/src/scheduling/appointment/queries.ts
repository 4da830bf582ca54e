// What the screens of scheduling ask for: appointments of some days, who and what serves, and what is offered.
import { keepPreviousData, queryOptions, useQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo } from 'react'
import { call, type Row } from '../../api/client'
import { pagesOf } from '../../api/pages'
import { may, useMe } from '../../api/rights'
import { useNameOf } from '../../kit/names'
import { one } from '../../kit/one'
import { addDays, rangeOf, utcOf, type Day } from '../../kit/zone'
import type { Availability } from './week'

export type Appointment = Row<'scheduling.appointment'>
export type Service = Row<'scheduling.service'>
/** A person, chair, bay or room. */
export type Bookable = Omit<Row<'scheduling.resource'>, 'availability'> & { availability: Availability }

/** As many as a page has at most. */
const PAGE = 200
/** As many of a customer's as anybody looks at. */
const VISITS = 100
/** More than a large business has in a week. */
const MOST = 2_000

/** Appointments as they are kept: with what the things are called that they refer to. */
export interface AppointmentList {
  data: Appointment[]
  names?: object
}
const rowsOf = ({ data }: AppointmentList) => data

/** What ends as a day begins is not on it. */
const after = (moment: string) => `${new Date(Date.parse(moment) + 1).toISOString()}..`

async function every(query: Record<string, string>, signal: AbortSignal): Promise<AppointmentList> {
  const pages = await pagesOf(
    (cursor) => call('scheduling.appointment.list', { query: { ...query, include: 'names', limit: PAGE, cursor }, signal }),
    (pages) => pages.length * PAGE >= MOST,
  )
  return { data: pages.flatMap(({ data }) => data), names: Object.assign({}, ...pages.map(({ names }) => names)) }
}

/** Those of some days, also where they began on the day before, in their order; if wished, of these people or chairs alone. */
export const appointmentsOn = (first: Day, count: number, zone: string, resources = '') => queryOptions({
  queryKey: ['scheduling.appointment', 'on', first, count, zone, resources],
  queryFn: ({ signal }) => every({ 'filter[starts_at]': rangeOf(addDays(first, -1), count + 1, zone), 'filter[ends_at]': after(utcOf(first, zone)), 'filter[resource]': resources, sort: 'starts_at' }, signal),
  select: rowsOf,
  placeholderData: keepPreviousData,
})

/** What was noted about one of them. */
export const notesOf = (appointment: string) => queryOptions({
  queryKey: ['scheduling.appointment', 'notes', appointment],
  queryFn: async ({ signal }) => (await call('scheduling.appointment.notes', { path: { id: appointment }, signal })).data,
})

export const bookables = queryOptions({
  queryKey: ['scheduling.resource', 'in use'],
  queryFn: async ({ signal }) => {
    const pages = await pagesOf((cursor) => call('scheduling.resource.list', { query: { 'filter[status]': 'in_use', limit: PAGE, cursor }, signal }))
    const people = (of: Bookable) => (of.kind === 'person' ? 0 : 1)
    return pages.flatMap(({ data }) => data as Bookable[]).toSorted((one, other) => people(one) - people(other))
  },
})

export const services = queryOptions({
  queryKey: ['scheduling.service', 'all'],
  queryFn: async ({ signal }) => (await pagesOf((cursor) => call('scheduling.service.list', { query: { sort: 'order', limit: PAGE, cursor }, signal }))).flatMap(({ data }) => data),
})

export const customerOf = (id: string) => queryOptions({ ...one('crm.customer', id), select: ({ data }) => data })

/** The last and the next ones of a customer, the latest first. */
export const visitsOf = (customer: string) => queryOptions({
  queryKey: ['scheduling.appointment', 'of', customer],
  queryFn: ({ signal }) => call('scheduling.appointment.list', { query: { 'filter[customer]': customer, include: 'names', sort: '-starts_at', limit: VISITS }, signal }),
  select: rowsOf,
})

/** What appointments refer to: by the names that answers brought, an empty text until they are known, and what is known of those who serve. */
function namesOf(nameOf: ReturnType<typeof useNameOf>, used: Bookable[] = []) {
  const resource = (id: string) => used.find((one) => one.id === id)
  return {
    customer: (id?: string | null) => nameOf(id) ?? '',
    service: (id: string) => nameOf(id) ?? '',
    resource,
    /** The people who serve an appointment; without any, its chairs and rooms. */
    servedBy: ({ resources }: Pick<Appointment, 'resources'>) => {
      const people = resources.filter((id) => resource(id)?.kind === 'person')
      return (people.length > 0 ? people : resources).map((id) => resource(id)?.name ?? nameOf(id)).filter(Boolean).join(', ')
    },
  }
}

export type Names = ReturnType<typeof namesOf>

function useSeesBookables() {
  const me = useMe()
  return me !== undefined && may(me.rights, 'scheduling.resource.list')
}

/** The same object while the names are the same: boxes are not drawn anew. */
export function useNames(): Names {
  const nameOf = useNameOf()
  const used = useQuery({ ...bookables, enabled: useSeesBookables() }).data
  return useMemo(() => namesOf(nameOf, used), [nameOf, used])
}

/** The same for what is seldom said: who serves is asked for only then, and left out where nobody answers. */
export function useNamesLater(): () => Promise<Names> {
  const nameOf = useNameOf()
  const sees = useSeesBookables()
  const queries = useQueryClient()
  return async () => namesOf(nameOf, sees ? await queries.ensureQueryData(bookables).catch(() => undefined) : undefined)
}
