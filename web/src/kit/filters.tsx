// What narrows a list: words to find, and filters as chips. All of it is in the address.
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { ChevronDown, Search, X } from 'lucide-react'
import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components'
import type { Topic } from '../api/client'
import lists from '../api/generated/lists.json'
import { fieldOf, useWords, wordOf } from '../words'
import { one } from './one'
import { topicOf } from './reference'
import { resourceOf } from './resource'

type Narrowed = Record<string, string | undefined>
interface Listing { filters: Record<string, string[]>; sort: string[]; finds: boolean }

/** By what a topic's list is filtered and sorted, as the contract says. */
export const listingOf = (topic: string) => (lists as Record<string, Listing>)[topic]

/** What the address says about a list, and the way to say something else. */
export function useNarrowed(): [Narrowed, (change: Narrowed) => void] {
  const search = useSearch({ strict: false }) as Narrowed
  const navigate = useNavigate()
  const set = (change: Narrowed) =>
    void navigate({ to: '.', search: (before: Narrowed) => ({ ...before, ...change }), replace: true } as never)
  return [search, set]
}

export function Find({ hint }: { hint?: string }) {
  const words = useWords()
  const [{ q }, set] = useNarrowed()
  return (
    <span className="field find">
      <Search size={16} aria-hidden="true" />
      <input type="search" aria-label={words.list.find} placeholder={hint ?? words.list.find} defaultValue={q} onChange={(event) => set({ q: event.target.value || undefined })} />
    </span>
  )
}

/** A filter: nothing chosen is all. */
export function Chip({ topic, name }: { topic: string; name: string }) {
  const words = useWords()
  const [narrowed, set] = useNarrowed()
  const chosen = narrowed[name]?.split(',') ?? []
  return (
    <span className="chip" data-chosen={chosen.length > 0 || undefined}>
      <MenuTrigger>
        <Button>{fieldOf(name)}{chosen.length > 0 && <b>{chosen.map(wordOf).join(', ')}</b>} <ChevronDown size={14} aria-hidden="true" /></Button>
        <Popover className="popover">
          <Menu
            aria-label={fieldOf(name)}
            selectionMode="single"
            selectedKeys={chosen}
            onSelectionChange={(keys) => set({ [name]: [...(keys as Set<string>)].join(',') || undefined })}
          >
            {listingOf(topic)?.filters[name]?.map((word) => <MenuItem key={word} id={word} className="menu-item">{wordOf(word)}</MenuItem>)}
          </Menu>
        </Popover>
      </MenuTrigger>
      {chosen.length > 0 && <Button aria-label={`${words.list.clear}: ${fieldOf(name)}`} onPress={() => set({ [name]: undefined })}><X size={14} /></Button>}
    </span>
  )
}

/** That a list shows only what belongs to one other thing. */
export function Belonging({ name }: { name: string }) {
  const words = useWords()
  const [narrowed, set] = useNarrowed()
  const topic = topicOf(name)
  const id = narrowed[name]
  const thing = useQuery({ ...one(topic as Topic, id ?? ''), enabled: topic !== undefined && id !== undefined })
  if (!topic || !id) return null
  return (
    <span className="chip" data-chosen>
      <span>{fieldOf(name)} <b>{thing.data ? resourceOf(topic)!.title(thing.data.data) : '…'}</b></span>
      <Button aria-label={`${words.list.clear}: ${fieldOf(name)}`} onPress={() => set({ [name]: undefined })}><X size={14} /></Button>
    </span>
  )
}
