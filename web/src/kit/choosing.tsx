// Rows that were chosen, and the bar of what can be done to all of them.
import { X } from 'lucide-react'
import { useState } from 'react'
import { Button } from 'react-aria-components'
import type { Operation } from '../api/client'
import { may, useMe } from '../api/rights'
import { actOf, useTexts } from '../texts'
import { Command } from './command'
import { useKeys } from './keys'

type Chosen = { id: string; version: number }

/** The ids that are chosen; `X` chooses the row that has the focus. */
export function useChosen(enabled: boolean) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const toggle = (id: string) => setChosen((before) => (before.has(id) ? new Set([...before].filter((one) => one !== id)) : new Set([...before, id])))
  useKeys({ x: () => {
    const id = document.activeElement?.getAttribute('data-row')
    if (enabled && id) toggle(id)
  } })
  return { chosen, toggle, choose: setChosen }
}

export function Bulk({ rows, acts, clear }: { rows: Chosen[]; acts: Operation[]; clear: () => void }) {
  const texts = useTexts()
  const me = useMe()
  const [act, setAct] = useState<Operation>()
  const allowed = acts.filter((name) => me && may(me.rights, name))
  if (rows.length === 0) return null
  return (
    <div className="bulk" role="toolbar" aria-label={texts.list.chosen(rows.length)}>
      <span aria-live="polite">{texts.list.chosen(rows.length)}</span>
      {allowed.map((name) => <Button key={name} className="button" onPress={() => setAct(name)}>{actOf(name)}</Button>)}
      <Button className="button quiet" onPress={clear}><X size={16} /> {texts.list.clear}</Button>
      {act && <Command name={act} rows={rows} close={() => setAct(undefined)} done={clear} />}
    </div>
  )
}
