// Single keys that do something on a screen: never in a field, a menu or with Alt.
import { useEffect, useEffectEvent } from 'react'

const TAKEN = 'input:not([type="checkbox"]), textarea, select, [contenteditable], [role="menu"], [role="listbox"], [role="dialog"]'

/** What each key does, by its name in lower case: `j`, `shift+u`. What is undefined is left alone. */
export function useKeys(keys: Partial<Record<string, (() => void) | false>>) {
  const pressed = useEffectEvent((event: KeyboardEvent) => {
    const act = keys[named(event)]
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

/** A letter is named by its place on the keyboard where the alphabet has another one there. */
function named({ key, code, shiftKey }: KeyboardEvent): string {
  if (key.length > 1) return key
  const place = /^Key[A-Z]$/.test(code)
  const letter = place && !/^[a-z]$/i.test(key) ? code.slice(3) : key
  return (place && shiftKey ? 'shift+' : '') + letter.toLowerCase()
}
