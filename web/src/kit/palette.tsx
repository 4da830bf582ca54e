// One field for everything: places, acts of the thing on screen, and all things with a name that may be seen.
// `>` acts only, `#` a request by its number, `@` people.
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { CalendarPlus, Zap, type LucideIcon } from 'lucide-react'
import { useDeferredValue, useState, type KeyboardEvent } from 'react'
import { Dialog, Modal, ModalOverlay } from 'react-aria-components'
import { call } from '../api/client'
import { may, useMe } from '../api/rights'
import { actOf, useTexts } from '../texts'
import { useOnScreen } from './on-screen'
import { account } from './places'
import { resourceOf } from './resource'
import { usePlaces } from './shell'

/** In which lists is searched, by how the text begins; else in all that one may see. */
const TOPICS: Record<string, string> = { '#': 'support.issue', '@': 'crm.customer,identity.user' }

interface Entry {
  id: string
  icon: LucideIcon
  name: string
  kind: string
  chosen: () => void
}

export function Palette({ close }: { close: () => void }) {
  const texts = useTexts()
  const navigate = useNavigate()
  const [typed, setTyped] = useState('')
  const [at, setAt] = useState(0)
  const text = useDeferredValue(typed.trim())
  const mode = /^[>#@]/.exec(text)?.[0] ?? ''
  const q = mode ? text.slice(1).trim() : text
  const has = (name: string) => name.toLowerCase().includes(q.toLowerCase())
  const thing = useOnScreen()
  const acts: Entry[] = mode && mode !== '>' ? [] : (thing?.acts ?? []).map((act) => ({
    id: act, icon: Zap, name: actOf(act), kind: thing!.title, chosen: () => thing!.begin(act),
  }))
  const places: Entry[] = mode ? [] : [...usePlaces(), account].map(({ to, name, icon }) => ({
    id: to, icon, name: texts.places[name] ?? name, kind: texts.palette.places, chosen: () => void navigate({ to: `/${to}` } as never),
  }))
  const me = useMe()
  const booking: Entry[] = (mode && mode !== '>') || !me || !may(me.rights, 'scheduling.appointment.hold') ? [] : [{
    id: 'book', icon: CalendarPlus, name: texts.calendar.book, kind: texts.places.calendar!,
    chosen: () => void navigate({ to: '.', search: (before: object) => ({ ...before, book: 'new' }) } as never),
  }]
  const things = useThings(mode, q)
  const entries = [...[...acts, ...booking].filter(({ name }) => has(name)), ...things, ...places.filter(({ name }) => has(name))]
  const marked = Math.min(at, entries.length - 1)
  const choose = (entry: Entry | undefined) => {
    if (!entry) return
    close()
    entry.chosen()
  }
  const pressed = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step) setAt((marked + step + entries.length) % Math.max(entries.length, 1))
    else if (event.key === 'Enter') choose(entries[marked])
    else return
    event.preventDefault()
  }
  return (
    <ModalOverlay className="overlay" isOpen isDismissable onOpenChange={(open) => open || close()}>
      <Modal className="dialog palette">
        <Dialog aria-label={texts.palette.open}>
          <input
            autoFocus role="combobox" aria-expanded="true" aria-controls="palette" aria-activedescendant={entries[marked] && `palette-${marked}`} aria-autocomplete="list"
            aria-label={texts.palette.open} placeholder={texts.palette.open} value={typed}
            onChange={(event) => { setTyped(event.target.value); setAt(0) }} onKeyDown={pressed}
          />
          <div role="listbox" id="palette" aria-label={texts.palette.things}>
            {entries.map((entry, index) => (
              <div
                key={entry.id} id={`palette-${index}`} role="option" aria-selected={index === marked} className="palette-entry"
                ref={index === marked ? (found) => found?.scrollIntoView({ block: 'nearest' }) : undefined} onClick={() => choose(entry)}
              >
                <entry.icon size={16} aria-hidden="true" /> <span>{entry.name}</span> <small>{entry.kind}</small>
              </div>
            ))}
          </div>
          {entries.length === 0 && <p className="palette-empty">{texts.palette.empty}</p>}
          <p className="palette-hint"><kbd>&gt;</kbd> {texts.palette.acts} <kbd>#</kbd> {texts.places['support.issue']} <kbd>@</kbd> {texts.places['identity.user']}</p>
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}

/** What is found; a request is found by its number alone. */
function useThings(mode: string, q: string): Entry[] {
  const texts = useTexts()
  const navigate = useNavigate()
  const { data = [] } = useQuery({
    queryKey: ['find', mode, q],
    queryFn: ({ signal }) => (mode === '#' && /^\d+$/.test(q) ? requestOf(q, signal) : call('platform.search', { query: { q, topics: TOPICS[mode] }, signal }).then(({ data }) => data)),
    enabled: q !== '' && mode !== '>',
  })
  return data.flatMap(({ topic, id, name }) => {
    const resource = resourceOf(topic)
    if (!resource) return []
    const { icon, place } = resource
    return { id, icon, name: name ?? '…', kind: texts.places[topic] ?? topic, chosen: () => void navigate({ to: `/${place}/${id}` } as never) }
  })
}

async function requestOf(number: string, signal: AbortSignal) {
  const { data } = await call('support.issue.list', { query: { 'filter[number]': number }, signal })
  return data.map(({ id, title }) => ({ topic: 'support.issue', id, name: title }))
}
