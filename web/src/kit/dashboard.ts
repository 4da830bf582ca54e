// How much there is and what waits: one answer for the screens that begin a day.
import { queryOptions } from '@tanstack/react-query'
import { call } from '../api/client'

/** Each figure with the first of what it counts; what is missing is not for the reader. */
export const dashboard = (zone: string) => queryOptions({
  queryKey: ['dashboard', zone],
  queryFn: ({ signal }) => call('platform.dashboard', { query: { time_zone: zone, include: 'names' }, signal }),
  select: ({ data }) => data,
})
