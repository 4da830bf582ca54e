// The thing that is on screen, for what is not part of its page: the palette offers its acts.
import { useEffect, useSyncExternalStore } from 'react'
import type { Operation } from '../api/client'

interface Thing {
  title: string
  acts: Operation[]
  begin: (act: Operation) => void
}

let thing: Thing | undefined
const listeners = new Set<() => void>()
function show(now: Thing | undefined) {
  thing = now
  listeners.forEach((listener) => listener())
}
const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

export const useOnScreen = () => useSyncExternalStore(subscribe, () => thing)

/** Says that this thing is on screen, as long as whoever says so is. */
export function useShown(title: string, acts: Operation[], begin: (act: Operation) => void) {
  const named = acts.join(' ')
  useEffect(() => {
    show({ title, acts: named ? (named.split(' ') as Operation[]) : [], begin })
    return () => show(undefined)
  }, [title, named, begin])
}
