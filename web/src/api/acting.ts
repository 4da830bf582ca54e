// Acting for somebody else: the token of it is in the memory of this tab, and ends with it.
import { useSyncExternalStore } from 'react'

export interface Acting {
  id: string
  name: string
  reason: string
  until: string
  token: string
}

let acting: Acting | undefined
const listeners = new Set<() => void>()

export const actingNow = () => acting
export function act(as: Acting | undefined) {
  acting = as
  listeners.forEach((listener) => listener())
}

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}
export const useActing = () => useSyncExternalStore(subscribe, actingNow)
