// One field for everything: places, acts of the thing on screen, and things of all lists that may be seen.
// `>` acts only, `#` a request by its number, `@` people.
import { useQueries } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { CalendarPlus, Zap, type LucideIcon } from 'lucide-react'
import { useDeferredValue, useState, type KeyboardEvent } from 'react'
import { Dialog, Modal, ModalOverlay } from 'react-aria-components'
import { call, type Operation } from '../api/client'
import { may, useMe } from '../api/rights'
import { actOf, useTexts } from '../texts'
import { useOnScreen } from './on-screen'
import { account } from './places'
import { resources, type Resource } from './resource'
import { usePlaces } from './shell'

const EACH = 4
const SEARCHED = ['crm.customer', 'organizations.cabinet', 'licensing.license', 'support.issue']
const PEOPLE = ['crm.customer', 'identity.user']

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
  const mode = /^[>#@]/.test(text) ? text[0] : ''
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

/** What the lists find, a few of each. */
function useThings(mode: string | undefined, q: string): Entry[] {
  const texts = useTexts()
  const me = useMe()
  const navigate = useNavigate()
  const topics = mode === '#' ? ['support.issue'] : mode === '@' ? PEOPLE : mode === '>' ? [] : SEARCHED
  const searched = q ? resources().filter(({ topic }) => topics.includes(topic) && me && may(me.rights, `${topic}.list`)) : []
  const byNumber = mode === '#' && /^\d+$/.test(q)
  return useQueries({
    queries: searched.map(({ topic }) => ({
      queryKey: [topic, 'find', mode, q],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        call(`${topic}.list` as Operation, { query: { ...(byNumber ? { 'filter[number]': q } : { q }), limit: EACH }, signal }) as unknown as Promise<{ data: { id: string }[] }>,
    })),
    combine: (found) => found.flatMap(({ data }, at) => (data?.data ?? []).map((row) => entryOf(searched[at]!, row))),
  })

  function entryOf(resource: Resource, row: { id: string }): Entry {
    const { icon, place, topic } = resource
    return { id: row.id, icon, name: resource.title(row as never), kind: texts.places[topic] ?? topic, chosen: () => void navigate({ to: `/${place}/${row.id}` } as never) }
  }
}
