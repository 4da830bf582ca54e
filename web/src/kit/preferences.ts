// What somebody prefers of the portal: it follows them to every device. How the portal looks is remembered in
// this browser as well, for the first paint.
import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { call } from '../api/client'
import { Problem } from '../api/problem'
import { useMe } from '../api/rights'
import { toast } from './toast'

type Preferences = Record<string, unknown>

const mine = queryOptions({
  queryKey: ['identity.preferences', 'mine'],
  queryFn: async ({ signal }) => {
    const { data, meta } = await call('identity.preferences.mine', { signal })
    return { values: data as Preferences, version: meta.version }
  },
})

/** How often a change is made again to what another device changed meanwhile. */
const ATTEMPTS = 5

/** One preference, and the way to change it: to a value, or from the one there is. What is usual is not remembered. */
export function usePreference<T>(key: string, usual: T): [T, (to: T | ((before: T) => T)) => void] {
  const me = useMe()
  const queries = useQueryClient()
  const { data } = useQuery({ ...mine, enabled: me !== undefined })
  const valueIn = (values?: Preferences) => (values?.[key] as T | undefined | null) ?? usual
  const change = async (to: T | ((before: T) => T), attempt = 1) => {
    await queries.cancelQueries(mine)
    const kept = await queries.ensureQueryData(mine)
    // Where nothing was kept, there is no version to hold another device's first change against.
    const { values, version } = kept.version ? kept : await queries.fetchQuery({ ...mine, staleTime: 0 })
    const value = to instanceof Function ? to(valueIn(values)) : to
    const body = JSON.stringify(value) === JSON.stringify(usual) ? null : value
    queries.setQueryData(mine.queryKey, { values: { ...values, [key]: body }, version })
    try {
      const { meta } = await call('identity.preferences.set', { path: { key }, body, version: version || undefined })
      queries.setQueryData(mine.queryKey, (now) => now && { ...now, version: meta.version })
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      await queries.refetchQueries(mine)
      if (error.status === 412 && attempt < ATTEMPTS) return change(to, attempt + 1)
      toast(error.detail, { bad: true })
    }
  }
  return [valueIn(data?.values), (to) => void change(to)]
}

const LOOK = ['theme', 'density', 'keys']

/** The look of the page is what is preferred, and the next first paint in this browser as well. */
export function useLook() {
  const me = useMe()
  const { data } = useQuery({ ...mine, enabled: me !== undefined })
  useEffect(() => {
    if (!data) return
    for (const name of LOOK) {
      const value = data.values[name]
      if (typeof value === 'string') {
        document.documentElement.dataset[name] = value
        localStorage.setItem(name, value)
      } else {
        delete document.documentElement.dataset[name]
        localStorage.removeItem(name)
      }
    }
  }, [data])
}
