// How a service goes: its phases as a bar to scale, and the rules of booking it.
import type { CSSProperties } from 'react'
import type { Row } from '../../api/client'
import { Section } from '../../kit/related'
import { Why } from '../../kit/why'
import { useReader, wordOf } from '../../words'
import { useWords } from './words'
import './phases.css'

type Service = Row<'scheduling.service'>

/** The bar alone, as a list shows it. */
export function PhaseBar({ of, small }: { of: Service; small?: boolean }) {
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

export function Phases({ row }: { row: Service }) {
  const words = useWords()
  return <Section title={words.course}><PhaseBar of={row} /></Section>
}

export function Rules({ row }: { row: Service }) {
  const words = useWords()
  const { locale } = useReader()
  const unit = (value: number, name: 'minute' | 'hour' | 'day') => new Intl.NumberFormat(locale, { style: 'unit', unit: name, unitDisplay: 'long' }).format(value)
  const long = (minutes: number) => (minutes % 1_440 === 0 ? unit(minutes / 1_440, 'day') : minutes % 60 === 0 ? unit(minutes / 60, 'hour') : unit(minutes, 'minute'))
  const before = (minutes = 0) => (minutes === 0 ? words.any : words.before(long(minutes)))
  const why = (field: string) => <Why topic="scheduling.service" id={row.id} field={field} />
  return (
    <Section title={words.rules}>
      <dl className="rules">
        <div><dt>{words.notice} {why('minimum_notice_minutes')}</dt><dd>{before(row.minimum_notice_minutes)}</dd></div>
        {row.horizon_days !== undefined && <div><dt>{words.horizon} {why('horizon_days')}</dt><dd>{words.ahead(unit(row.horizon_days, 'day'))}</dd></div>}
        <div><dt>{words.cutoff} {why('cancel_cutoff_minutes')}</dt><dd>{before(row.cancel_cutoff_minutes)}</dd></div>
        {row.step_minutes !== undefined && <div><dt>{words.step} {why('step_minutes')}</dt><dd>{unit(row.step_minutes, 'minute')}</dd></div>}
        <div><dt>{words.confirm} {why('auto_confirm')}</dt><dd>{row.auto_confirm ? words.atOnce : words.byHand}</dd></div>
      </dl>
    </Section>
  )
}
