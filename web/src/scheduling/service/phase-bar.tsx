// The phases of a service as a bar to scale.
import type { CSSProperties } from 'react'
import type { Row } from '../../api/client'
import { labelOf } from '../../texts'
import { useTexts } from './texts'
import './phases.css'

/** `small`: without texts, as a list shows it. */
export function PhaseBar({ of, small }: { of: Row<'scheduling.service'>; small?: boolean }) {
  const texts = useTexts()
  const { buffer_before_minutes: before = 0, buffer_after_minutes: after = 0 } = of
  const part = (minutes: number, kind: string, name: string, key: string | number) => (
    <li key={key} className={kind} style={{ '--minutes': minutes } as CSSProperties} title={small ? `${name}, ${texts.minutes(minutes)}` : undefined}>
      {small ? <span className="visually-hidden">{name}, {texts.minutes(minutes)}</span> : <><strong>{texts.minutes(minutes)}</strong><small>{name}</small></>}
    </li>
  )
  return (
    <ol className={small ? 'phases small' : 'phases'}>
      {before > 0 && part(before, 'buffer', texts.prepare, 'before')}
      {of.phases.map(({ minutes, needs = [] }, at) => part(minutes, needs.includes('person') ? 'busy' : 'free', needs.map(labelOf).join(', ') || texts.free, at))}
      {after > 0 && part(after, 'buffer', texts.clean, 'after')}
    </ol>
  )
}
