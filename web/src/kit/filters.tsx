// What narrows a list: words to find, and filters as chips. All of it is in the address.
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { ChevronDown, Search, X } from 'lucide-react'
import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components'
import type { Topic } from '../api/client'
import lists from '../api/generated/lists.json'
import { fieldOf, useTexts, labelOf } from '../texts'
import { one } from './one'
import { topicOf } from './referred'
import { resourceOf } from './resource'

type Narrowed = Record<string, string | undefined>
export interface Listing {
  filters: Record<string, string[]>
  sort: string[]
  counts: string[]
  finds: boolean
  /** Whether it can be looked at as it was. */
  past?: boolean
}

/** By what a topic's list is filtered, sorted and counted, as the contract says. */
export const listingOf = (topic: string) => (lists as Record<string, Listing>)[topic]

/** The filters of which the contract lists the values. */
export const filtersOf = ({ filters }: Listing) => Object.keys(filters).filter((name) => filters[name]!.length > 0)

/** What the address says about a list, and the way to say something else. */
export function useNarrowed(): [Narrowed, (change: Narrowed) => void] {
  const search = useSearch({ strict: false }) as Narrowed
  const navigate = useNavigate()
  const set = (change: Narrowed) =>
    void navigate({ to: '.', search: (before: Narrowed) => ({ ...before, ...change }), replace: true } as never)
  return [search, set]
}

export function Find({ hint }: { hint?: string }) {
  const texts = useTexts()
  const [{ q }, set] = useNarrowed()
  return (
    <span className="field find">
      <Search size={16} aria-hidden="true" />
      <input type="search" aria-label={texts.list.find} placeholder={hint ?? texts.list.find} defaultValue={q} onChange={(event) => set({ q: event.target.value || undefined })} />
    </span>
  )
}

const NOT = '!'

/** A filter: several of its values, or all but those; nothing chosen is all. */
export function Chip({ name, values }: { name: string; values: string[] }) {
  const texts = useTexts()
  const [narrowed, set] = useNarrowed()
  // An address that was typed may say `true` without quotes.
  const parameter = String(narrowed[name] ?? '')
  const not = parameter.startsWith(NOT)
  const chosen = parameter.replace(NOT, '').split(',').filter(Boolean)
  const choose = (keys: 'all' | Set<unknown>) => {
    const now = values.filter((value) => keys === 'all' || keys.has(value))
    set({ [name]: now.length > 0 ? (keys !== 'all' && keys.has(NOT) ? NOT : '') + now.join(',') : undefined })
  }
  const label = (value: string) => ({ true: texts.item.yes, false: texts.item.no })[value] ?? labelOf(value)
  const labels = chosen.map(label).join(', ')
  return (
    <span className="chip" data-chosen={chosen.length > 0 || undefined}>
      <MenuTrigger>
        <Button>{fieldOf(name)}{chosen.length > 0 && <b>{not ? texts.list.not(labels) : labels}</b>} <ChevronDown size={14} aria-hidden="true" /></Button>
        <Popover className="popover">
          <Menu aria-label={fieldOf(name)} selectionMode="multiple" selectedKeys={not ? [NOT, ...chosen] : chosen} onSelectionChange={choose}>
            {values.map((value) => <MenuItem key={value} id={value} className="menu-item">{label(value)}</MenuItem>)}
            {chosen.length > 0 && <MenuItem id={NOT} className="menu-item apart">{texts.list.others}</MenuItem>}
          </Menu>
        </Popover>
      </MenuTrigger>
      {chosen.length > 0 && <Button aria-label={`${texts.list.clear}: ${fieldOf(name)}`} onPress={() => set({ [name]: undefined })}><X size={14} /></Button>}
    </span>
  )
}

/** That a list shows only what belongs to one other thing. */
export function Belonging({ name }: { name: string }) {
  const texts = useTexts()
  const [narrowed, set] = useNarrowed()
  const topic = topicOf(name)
  const id = narrowed[name]
  const thing = useQuery({ ...one(topic as Topic, id ?? ''), enabled: topic !== undefined && id !== undefined })
  if (!topic || !id) return null
  return (
    <span className="chip" data-chosen>
      <span>{fieldOf(name)} <b>{thing.data ? resourceOf(topic)!.title(thing.data.data) : '…'}</b></span>
      <Button aria-label={`${texts.list.clear}: ${fieldOf(name)}`} onPress={() => set({ [name]: undefined })}><X size={14} /></Button>
    </span>
  )
}
