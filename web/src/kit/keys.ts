// Single keys that do something on a screen: never in a field, a menu or with Ctrl, Alt or ⌘, and never
// for who switched them off (WCAG 2.1.4).
import { useEffect, useEffectEvent } from 'react'

const TAKEN = 'input, textarea, select, [contenteditable], [role="menu"], [role="listbox"], [role="dialog"]'
const PAUSE = 1_200

export const keysAreOn = () => localStorage.getItem('keys') !== 'off'

const free = (event: KeyboardEvent) =>
  !event.defaultPrevented && !event.metaKey && !event.ctrlKey && !event.altKey && !(event.target instanceof Element && event.target.closest(TAKEN))

type Keys = Partial<Record<string, (() => void) | false>>

/** What each key does, by its name in lower case. What is undefined is left alone. */
export function useKeys(keys: Keys) {
  const pressed = useEffectEvent((event: KeyboardEvent) => {
    const letter = event.key.length === 1
    const act = keys[letter ? event.key.toLowerCase() : event.key]
    if (!act || !free(event) || (letter && !keysAreOn())) return
    event.preventDefault()
    act()
  })
  useEffect(() => {
    const listen = (event: KeyboardEvent) => pressed(event)
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [])
}

/** What the key after `first` does: it comes before all other keys. */
export function useKeysAfter(first: string, keys: Keys) {
  const pressed = useEffectEvent((event: KeyboardEvent, waits: boolean) => {
    if (!keysAreOn() || !free(event)) return false
    if (!waits) return event.key === first
    const act = keys[event.key.toLowerCase()]
    if (act) {
      event.preventDefault()
      event.stopImmediatePropagation()
      act()
    }
    return false
  })
  useEffect(() => {
    let until = 0
    const listen = (event: KeyboardEvent) => {
      until = pressed(event, Date.now() < until) ? Date.now() + PAUSE : 0
    }
    addEventListener('keydown', listen, true)
    return () => removeEventListener('keydown', listen, true)
  }, [])
}
