// The thing that is on screen, for what is not part of its page: the palette offers its acts.
import { useEffect } from 'react'
import type { Operation } from '../api/client'
import { store } from '../api/store'

interface Thing {
  title: string
  acts: Operation[]
  begin: (act: Operation) => void
}

const thing = store<Thing | undefined>(undefined)

export const useOnScreen = thing.use

/** Says that this thing is on screen, as long as whoever says so is. */
export function useShown(title: string, acts: Operation[], begin: (act: Operation) => void) {
  const named = acts.join(' ')
  useEffect(() => {
    thing.set({ title, acts: named ? (named.split(' ') as Operation[]) : [], begin })
    return () => thing.set(undefined)
  }, [title, named, begin])
}
