// What can be done to the thing on screen: its menu (`.`), editing it (`E`), and its acts in the palette.
import { Ellipsis } from 'lucide-react'
import { useState } from 'react'
import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components'
import type { Operation } from '../api/client'
import { may, useMe } from '../api/rights'
import { actOf, useWords } from '../words'
import { Command } from './command'
import { useKeys } from './keys'
import { useShown } from './on-screen'
import { actsOf, resourceOf } from './resource'

interface Props {
  topic: string
  title: string
  row: { id: string; version: number } & Record<string, unknown>
}

const EDITS = /\.(rename|change\w*|edit\w*)$/

export function Acts({ topic, title, row }: Props) {
  const words = useWords()
  const me = useMe()
  const [act, setAct] = useState<Operation>()
  const [open, setOpen] = useState(false)
  const acts = actsOf(topic).item.filter((name) => me && may(me.rights, name))
  const edit = acts.find((name) => EDITS.test(name))
  const keyOf = (name: Operation) => resourceOf(topic)?.first?.[name.split('.')[2]!] ?? ''
  const first = acts.filter(keyOf)
  useShown(title, acts, setAct)
  useKeys(Object.fromEntries(first.map((name) => [keyOf(name), () => setAct(name)])))
  useKeys({ '.': acts.length > 0 && (() => setOpen(true)), e: edit !== undefined && (() => setAct(edit)) })
  if (acts.length === 0) return null
  return (
    <>
      {first.map((name) => <Button key={name} className="button" onPress={() => setAct(name)}>{actOf(name)} <kbd>{keyOf(name).toUpperCase()}</kbd></Button>)}
      <MenuTrigger isOpen={open} onOpenChange={setOpen}>
        <Button className="button"><Ellipsis size={16} /> {words.item.acts}</Button>
        <Popover className="popover" placement="bottom end">
          <Menu onAction={(name) => setAct(name as Operation)} aria-label={words.item.acts}>
            {acts.map((name) => <MenuItem key={name} id={name} className="menu-item">{actOf(name)}</MenuItem>)}
          </Menu>
        </Popover>
      </MenuTrigger>
      {act && <Command name={act} row={row} close={() => setAct(undefined)} />}
    </>
  )
}
