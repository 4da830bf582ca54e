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
  queryFn: async ({ signal }) => (await call('identity.preferences.mine', { signal })).data as Preferences,
})

/** One preference, and the way to change it; what is usual is not remembered. */
export function usePreference<T>(key: string, usual: T): [T, (to: T) => void] {
  const me = useMe()
  const queries = useQueryClient()
  const { data } = useQuery({ ...mine, enabled: me !== undefined })
  const change = async (to: T) => {
    const kept = JSON.stringify(to) === JSON.stringify(usual) ? null : to
    await queries.cancelQueries(mine)
    queries.setQueryData<Preferences>(mine.queryKey, (before) => ({ ...before, [key]: kept }))
    try {
      await call('identity.preferences.set', { path: { key }, body: kept })
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      toast(error.detail, { bad: true })
      await queries.invalidateQueries(mine)
    }
  }
  return [(data?.[key] as T | undefined | null) ?? usual, (to) => void change(to)]
}

const LOOK = ['theme', 'density', 'keys']

/** The look of the page is what is preferred, and the next first paint in this browser as well. */
export function useLook() {
  const me = useMe()
  const { data } = useQuery({ ...mine, enabled: me !== undefined })
  useEffect(() => {
    if (!data) return
    for (const name of LOOK) {
      const value = data[name]
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
