// What the person who is signed in may do.
import { queryOptions, useQuery } from '@tanstack/react-query'
import { call, hasSession, type Answer, type Operation } from './client'
import { operations } from './generated/operations'

export type Me = Answer<'identity.session.me'>['data']

export const me = queryOptions({
  queryKey: ['me'],
  queryFn: async () => (await call('identity.session.me')).data,
  staleTime: Infinity,
})

/** Whether somebody may do what takes a right at all; how far is decided by the backend. */
export function may(rights: Me['rights'], operation: string): boolean {
  const found = operations[operation as Operation]
  if (!found) return false
  const right: string = found[2]
  return right === 'public' || ((rights as Record<string, string>)[right] ?? 'none') !== 'none'
}

export function useMe(): Me | undefined {
  // The cookie is looked at only while nothing is known: reading it takes a while.
  return useQuery({ ...me, enabled: ({ state }) => state.data !== undefined || hasSession() }).data
}
