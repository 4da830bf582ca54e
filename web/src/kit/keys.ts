// Single keys that do something on a screen: never in a field, a menu or with Ctrl, Alt or ⌘.
import { useEffect, useEffectEvent } from 'react'

const TAKEN = 'input, textarea, select, [contenteditable], [role="menu"], [role="listbox"], [role="dialog"]'

/** What each key does, by its name in lower case. What is undefined is left alone. */
export function useKeys(keys: Partial<Record<string, (() => void) | false>>) {
  const pressed = useEffectEvent((event: KeyboardEvent) => {
    const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key]
    if (!act || event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey) return
    if (event.target instanceof Element && event.target.closest(TAKEN)) return
    event.preventDefault()
    act()
  })
  useEffect(() => {
    const listen = (event: KeyboardEvent) => pressed(event)
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [])
}
