// A value that is known outside of components, and told to those that show it.
import { useSyncExternalStore } from 'react'

export function store<T>(value: T) {
  const listeners = new Set<() => void>()
  const now = () => value
  const subscribe = (listener: () => void) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }
  return {
    now,
    set: (to: T) => {
      value = to
      listeners.forEach((listener) => listener())
    },
    use: () => useSyncExternalStore(subscribe, now),
  }
}
