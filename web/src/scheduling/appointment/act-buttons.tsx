// What can be done with an appointment: the next step, moving it and calling it off by a button and a key each, all
// else in a menu.
import { useState } from 'react'
import { Button } from 'react-aria-components'
import type { Operation } from '../../api/client'
import { ActsMenu, type ActsProps } from '../../kit/acts'
import { Command } from '../../kit/command'
import { useKeys } from '../../kit/keys'
import { useNameOf } from '../../kit/names'
import type { Standing } from '../../kit/one'
import { useShown } from '../../kit/on-screen'
import { useReader } from '../../texts'
import { isStep, useDo, type Step } from './acts'
import { Move } from './move'
import type { Appointment } from './queries'
import { useTexts } from './texts'
import './chosen.css'

/** In this order; those without a button of their own are in the menu, as is what cannot be done now, and why. */
const ACTS = ['confirm', 'start', 'complete', 'reschedule', 'no_show', 'cancel', 'decline', 'reopen', 'book_held', 'assign'] as const
type Act = (typeof ACTS)[number]
const operationOf = (act: Act): Operation => `scheduling.appointment.${act}`
const KEYS: Partial<Record<Act, string>> = { confirm: 'Y', start: 'I', complete: 'F' }

interface Props {
  of: Appointment
  acts: Standing
  /** The box that moves by the arrow keys, where there is one. */
  box?: () => HTMLElement | null
}

export function ActButtons({ of, acts, box }: Props) {
  const { texts: shared } = useReader()
  const texts = useTexts()
  const nameOf = useNameOf()
  const does = useDo()
  const [opened, setOpened] = useState<Operation>()
  const [open, setOpen] = useState(false)
  const can = (act: Act) => acts[act] === null
  const next = ACTS.slice(0, 3).find(can) as Step | undefined
  const off = (['decline', 'cancel'] as const).find(can)
  const shown = [next, can('reschedule') && 'reschedule', off]
  const choose = (name: Operation) => {
    const act = name.split('.')[2]!
    if (isStep(act)) void does.step(of, act)
    else setOpened(name)
  }
  const move = () => {
    const found = box?.()
    if (!found) return choose(operationOf('reschedule'))
    found.focus()
    found.dispatchEvent(new KeyboardEvent('keydown', { key: 'm', code: 'KeyM', bubbles: true }))
  }
  const press = (act: Step) => next === act && (() => choose(operationOf(act)))
  useShown(nameOf(of.customer) ?? texts.appointment, ACTS.filter(can).map(operationOf), choose)
  useKeys({ y: press('confirm'), i: press('start'), f: press('complete'), m: can('reschedule') && move, '.': () => setOpen(true) })
  return (
    <div className="acts">
      {next && <Button className="button first" onPress={() => choose(operationOf(next))}>{texts.acts[next]} <kbd>{KEYS[next]}</kbd></Button>}
      {can('reschedule') && <Button className="button" onPress={() => choose(operationOf('reschedule'))}>{texts.acts.move} <kbd>M</kbd></Button>}
      {off && <Button className="button" onPress={() => choose(operationOf(off))}>{texts.acts[off]}</Button>}
      <ActsMenu label={shared.item.acts} of={ACTS.filter((act) => !shown.includes(act)).map((act) => [operationOf(act), acts[act]])} open={open} setOpen={setOpen} choose={choose} />
      {opened === operationOf('reschedule') && <Move of={of} close={() => setOpened(undefined)} />}
      {opened && opened !== operationOf('reschedule') && <Command name={opened} row={of} close={() => setOpened(undefined)} />}
    </div>
  )
}

/** The same on a page of its own. */
export const PageActs = ({ row, acts = {} }: ActsProps) => <ActButtons of={row as unknown as Appointment} acts={acts} />

export { Hint } from './told'
