// What the calendar shows, which is in the address: how, from when, whose, and which appointment is open.
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useSyncExternalStore } from 'react'
import { addDays, useToday } from '../../kit/zone'
import { mondayOf, type Day } from './week'

export type View = 'week' | 'day' | 'agenda'

interface Search {
  view?: View
  day?: Day
  /** Ids of people and chairs. */
  people?: string
  open?: string
}

/** More lanes than these are narrowed to begin with. */
export const LANES = 6

export function useView() {
  const navigate = useNavigate()
  // What is open is no part of it: the calendar is not drawn anew for that.
  const search = useSearch({ strict: false, structuralSharing: true, select: ({ view, day, people }: Search) => ({ view, day, people }) } as never) as Search
  const narrow = useNarrow()
  const today = useToday()
  const view = search.view ?? (narrow ? 'agenda' : 'week')
  const day = search.day ?? today
  const count = view === 'day' ? 1 : 7
  const set = (change: Partial<Search>) => navigate({ to: '.', search: (before: Search) => ({ ...before, ...change }), replace: true } as never)
  return {
    view, today, count, set,
    from: view === 'week' ? mondayOf(day) : day,
    people: search.people?.split(','),
    step: (by: -1 | 1) => set({ day: addDays(day, by * count) }),
  }
}

/** The appointment that is open, if it is one of these. */
export const useOpen = (among: { id: string }[]): string | undefined =>
  useSearch({ strict: false, select: ({ open }: Search) => (among.some(({ id }) => id === open) ? open : undefined) } as never)

/** The appointment that is open. */
export const useOpened = (): string | undefined => useSearch({ strict: false, select: ({ open }: Search) => open } as never)

const phone = '(max-width: 860px)'
function useNarrow() {
  const listen = (changed: () => void) => {
    const query = matchMedia(phone)
    query.addEventListener('change', changed)
    return () => query.removeEventListener('change', changed)
  }
  return useSyncExternalStore(listen, () => matchMedia(phone).matches)
}
