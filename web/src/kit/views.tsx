// What somebody made of a list for themselves: views with a name, and which columns it has.
import { Bookmark, Columns3, X } from 'lucide-react'
import { useState } from 'react'
import { Button, Dialog, DialogTrigger, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components'
import { fieldOf, useTexts } from '../texts'
import { useNarrowed } from './filters'
import { usePreference } from './preferences'
import { columnsOf } from './contract'
import type { Resource } from './resource'
import type { Tab } from './tabs'

interface Saved {
  name: string
  search: Record<string, string>
}

const NONE: Saved[] = []
const same = (one: object, other: object) => JSON.stringify(Object.entries(one).sort()) === JSON.stringify(Object.entries(other).sort())
const defined = (search: Record<string, string | undefined>) => Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as Record<string, string>

/** The views that somebody saved of a list, as tabs, and the button that saves this one or forgets it. */
export function useSaved(topic: string) {
  const [saved, save] = usePreference(`views.${topic}`, NONE)
  const [narrowed] = useNarrowed()
  const now = defined(narrowed)
  const open = saved.find(({ search }) => same(search, now))
  // By a name that is no value in the contract: those are views as well.
  const viewOf = (name: string) => `saved ${name}`
  const tabs: Tab[] = saved.map(({ name, search }) => ({ view: viewOf(name), label: name, search }))
  const keep = (name: string) => save((before) => [...before.filter((one) => one.name !== name), { name, search: now }])
  const forget = () => save((before) => before.filter(({ search }) => !same(search, now)))
  const worthIt = Object.keys(now).some((name) => name !== 'view')
  return { tabs, open: open && viewOf(open.name), button: open ? <Forget name={open.name} forget={forget} /> : worthIt && <Keep keep={keep} /> }
}

function Forget({ name, forget }: { name: string; forget: () => void }) {
  const texts = useTexts()
  return <Button className="button quiet" onPress={forget}><X size={16} /> {texts.list.forget(name)}</Button>
}

function Keep({ keep }: { keep: (name: string) => void }) {
  const texts = useTexts()
  const [name, setName] = useState('')
  return (
    <DialogTrigger>
      <Button className="button quiet"><Bookmark size={16} /> {texts.list.keep}</Button>
      <Popover className="popover" placement="bottom start">
        <Dialog aria-label={texts.list.keep}>
          <form onSubmit={(event) => { event.preventDefault(); if (name.trim()) keep(name.trim()) }}>
            <label className="field"><span className="label">{fieldOf('name')}</span><input autoFocus maxLength={40} value={name} onChange={(event) => setName(event.target.value)} /></label>
            <div className="row-end"><Button type="submit" className="button first" isDisabled={!name.trim()}>{texts.act.send}</Button></div>
          </form>
        </Dialog>
      </Popover>
    </DialogTrigger>
  )
}

/** The columns of a list as somebody chose them, and the menu in which they are chosen. */
export function useColumns(resource: Resource) {
  const texts = useTexts()
  const usual = resource.columns.map(({ name }) => name)
  const [names, choose] = usePreference(`columns.${resource.topic}`, usual)
  const all = columnsOf(resource).filter(({ name }, at, every) => every.findIndex((other) => fieldOf(other.name) === fieldOf(name)) === at)
  const menu = (
    <MenuTrigger>
      <Button className="button quiet" aria-label={texts.list.columns}><Columns3 size={16} /></Button>
      <Popover className="popover" placement="bottom end">
        <Menu
          aria-label={texts.list.columns}
          selectionMode="multiple"
          selectedKeys={names}
          onSelectionChange={(keys) => choose(all.map(({ name }) => name).filter((name) => keys === 'all' || keys.has(name)))}
        >
          {all.map(({ name }) => <MenuItem key={name} id={name} className="menu-item">{fieldOf(name)}</MenuItem>)}
        </Menu>
      </Popover>
    </MenuTrigger>
  )
  return { columns: all.filter(({ name }) => names.includes(name)), menu }
}
