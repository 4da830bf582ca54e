// Single keys that do something on a screen: never in a field, a menu or with Ctrl, Alt or ⌘, and never
// for who switched them off (WCAG 2.1.4).
import { useEffect, useEffectEvent } from 'react'

const TAKEN = 'input:not([type="checkbox"]), textarea, select, [contenteditable], [role="menu"], [role="listbox"], [role="dialog"]'
const PAUSE = 1_200

export const keysAreOn = () => document.documentElement.dataset.keys !== 'off'

const free = (event: KeyboardEvent) =>
  !event.defaultPrevented && !event.metaKey && !event.ctrlKey && !event.altKey && !(event.target instanceof Element && event.target.closest(TAKEN))

type Keys = Partial<Record<string, (() => void) | false>>

/** What each key does, by its name in lower case: `j`, `shift+u`. What is undefined is left alone.
 *  A screen comes before the shell around it. */
export function useKeys(keys: Keys, whose: 'screen' | 'shell' = 'screen') {
  const pressed = useEffectEvent((event: KeyboardEvent) => {
    const act = keys[keyOf(event)]
    if (!act || !free(event) || (event.key.length === 1 && !keysAreOn())) return
    event.preventDefault()
    act()
  })
  useEffect(() => {
    const listen = (event: Event) => pressed(event as KeyboardEvent)
    // What happens in the document comes to it before it comes to the window.
    const place = whose === 'screen' ? document : window
    place.addEventListener('keydown', listen)
    return () => place.removeEventListener('keydown', listen)
  }, [whose])
}

/** What the key after `first` does: it comes before all other keys. */
export function useKeysAfter(first: string, keys: Keys) {
  const pressed = useEffectEvent((event: KeyboardEvent, waits: boolean) => {
    if (!keysAreOn() || !free(event)) return false
    if (!waits) return event.key === first
    const act = keys[keyOf(event)]
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

/** A letter is named by its place on the keyboard where the alphabet has another one there. */
export function keyOf({ key, code, shiftKey }: KeyboardEvent): string {
  if (key.length > 1) return (shiftKey && key.startsWith('Arrow') ? 'shift+' : '') + key
  const place = /^Key[A-Z]$/.test(code)
  const letter = place && !/^[a-z]$/i.test(key) ? code.slice(3) : key
  return (place && shiftKey ? 'shift+' : '') + letter.toLowerCase()
}

/** A key with Ctrl, or what this machine has in its place. */
export const chord = (key: string) => (/mac|iphone|ipad/i.test(navigator.platform) ? `⌘${key}` : `Ctrl ${key}`)
