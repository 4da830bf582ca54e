// The phases of a service as a bar to scale.
import type { CSSProperties } from 'react'
import type { Row } from '../../api/client'
import { wordOf } from '../../words'
import { useWords } from './words'
import './phases.css'

/** `small`: without words, as a list shows it. */
export function PhaseBar({ of, small }: { of: Row<'scheduling.service'>; small?: boolean }) {
  const words = useWords()
  const { buffer_before_minutes: before = 0, buffer_after_minutes: after = 0 } = of
  const part = (minutes: number, kind: string, name: string, key: string | number) => (
    <li key={key} className={kind} style={{ '--minutes': minutes } as CSSProperties} title={small ? `${name}, ${words.minutes(minutes)}` : undefined}>
      {small ? <span className="visually-hidden">{name}, {words.minutes(minutes)}</span> : <><strong>{words.minutes(minutes)}</strong><small>{name}</small></>}
    </li>
  )
  return (
    <ol className={small ? 'phases small' : 'phases'}>
      {before > 0 && part(before, 'buffer', words.prepare, 'before')}
      {of.phases.map(({ minutes, needs = [] }, at) => part(minutes, needs.includes('person') ? 'busy' : 'free', needs.map(wordOf).join(', ') || words.free, at))}
      {after > 0 && part(after, 'buffer', words.clean, 'after')}
    </ol>
  )
}
