// What can be done to the thing on screen now: its menu (`.`), editing it (`E`), and its acts in the palette.
// What its state refuses stands in the menu as well, with the reason.
import { Ellipsis } from 'lucide-react'
import { useState } from 'react'
import { Button, Header, Menu, MenuItem, MenuSection, MenuTrigger, Popover, Text } from 'react-aria-components'
import type { Operation } from '../api/client'
import { sentenceOf } from '../api/problem'
import { actOf, useTexts } from '../texts'
import { Command } from './command'
import { useKeys } from './keys'
import type { Obstacle, Standing } from './one'
import { useShown } from './on-screen'
import { actsOf, resourceOf } from './resource'

export interface ActsProps {
  topic: string
  title: string
  row: { id: string; version: number } & Record<string, unknown>
  acts: Standing | undefined
}

const EDITS = /\.(rename|change\w*|edit\w*)$/

export function Acts({ topic, title, row, acts = {} }: ActsProps) {
  const texts = useTexts()
  const [act, setAct] = useState<Operation>()
  const [open, setOpen] = useState(false)
  const obstacleOf = (name: Operation) => acts[name.split('.')[2]!]
  const all = actsOf(topic).item
  const possible = all.filter((name) => obstacleOf(name) === null)
  const edit = possible.find((name) => EDITS.test(name))
  const keyOf = (name: Operation) => resourceOf(topic)?.first?.[name.split('.')[2]!] ?? ''
  const first = possible.filter(keyOf)
  useShown(title, possible, setAct)
  useKeys(Object.fromEntries(first.map((name) => [keyOf(name), () => setAct(name)])))
  useKeys({ '.': all.length > first.length && (() => setOpen(true)), e: edit !== undefined && (() => setAct(edit)) })
  return (
    <>
      {first.map((name) => <Button key={name} className="button" onPress={() => setAct(name)}>{actOf(name)} <kbd>{keyOf(name).toUpperCase()}</kbd></Button>)}
      {all.length > first.length && <ActsMenu label={texts.item.acts} of={all.map((name) => [name, obstacleOf(name)])} open={open} setOpen={setOpen} choose={setAct} />}
      {act && <Command name={act} row={row} close={() => setAct(undefined)} />}
    </>
  )
}

interface MenuProps {
  label: string
  /** Null is possible; what is undefined takes a right that one lacks. */
  of: [name: Operation, obstacle: Obstacle | null | undefined][]
  open: boolean
  setOpen: (open: boolean) => void
  choose: (name: Operation) => void
}

/** What is possible, and below it what is not now, each with the reason; what is so already is no act. */
export function ActsMenu({ label, of, open, setOpen, choose }: MenuProps) {
  const texts = useTexts()
  const possible = of.filter(([, obstacle]) => obstacle === null)
  const refused = of.flatMap(([name, obstacle]) => (obstacle && obstacle.code !== 'unchanged' ? [[name, obstacle] as const] : []))
  if (possible.length + refused.length === 0) return null
  return (
    <MenuTrigger isOpen={open} onOpenChange={setOpen}>
      <Button className="button"><Ellipsis size={16} /> {label}</Button>
      <Popover className="popover" placement="bottom end">
        <Menu aria-label={label}>
          {possible.map(([name]) => <MenuItem key={name} id={name} className="menu-item" onAction={() => choose(name)}>{actOf(name)}</MenuItem>)}
          {refused.length > 0 && (
            <MenuSection>
              <Header className="hint menu-head">{texts.item.notNow}</Header>
              {refused.map(([name, obstacle]) => (
                <MenuItem key={name} id={name} className="menu-item refused" textValue={actOf(name)} shouldCloseOnSelect={false} render={(props) => <div {...(props as object)} aria-disabled="true" />}>
                  <Text slot="label">{actOf(name)}</Text>
                  <Text slot="description">{sentenceOf(obstacle)}</Text>
                </MenuItem>
              ))}
            </MenuSection>
          )}
        </Menu>
      </Popover>
    </MenuTrigger>
  )
}
