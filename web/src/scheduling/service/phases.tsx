// How a service goes: its phases as a bar to scale, and the rules of booking it.
import type { Row } from '../../api/client'
import { Section } from '../../kit/related'
import { Why } from '../../kit/why'
import { useReader } from '../../texts'
import { PhaseBar } from './phase-bar'
import { useTexts } from './texts'

type Service = Row<'scheduling.service'>

export function Phases({ row }: { row: Service }) {
  const texts = useTexts()
  return <Section title={texts.course}><PhaseBar of={row} /></Section>
}

export function Rules({ row }: { row: Service }) {
  const texts = useTexts()
  const { locale } = useReader()
  const unit = (value: number, name: 'minute' | 'hour' | 'day') => new Intl.NumberFormat(locale, { style: 'unit', unit: name, unitDisplay: 'long' }).format(value)
  const long = (minutes: number) => (minutes % 1_440 === 0 ? unit(minutes / 1_440, 'day') : minutes % 60 === 0 ? unit(minutes / 60, 'hour') : unit(minutes, 'minute'))
  const before = (minutes = 0) => (minutes === 0 ? texts.any : texts.before(long(minutes)))
  const why = (field: string) => <Why topic="scheduling.service" id={row.id} field={field} />
  return (
    <Section title={texts.rules}>
      <dl className="rules">
        <div><dt>{texts.notice} {why('minimum_notice_minutes')}</dt><dd>{before(row.minimum_notice_minutes)}</dd></div>
        {row.horizon_days !== undefined && <div><dt>{texts.horizon} {why('horizon_days')}</dt><dd>{texts.ahead(unit(row.horizon_days, 'day'))}</dd></div>}
        <div><dt>{texts.cutoff} {why('cancel_cutoff_minutes')}</dt><dd>{before(row.cancel_cutoff_minutes)}</dd></div>
        {row.step_minutes !== undefined && <div><dt>{texts.step} {why('step_minutes')}</dt><dd>{unit(row.step_minutes, 'minute')}</dd></div>}
        <div><dt>{texts.confirm} {why('auto_confirm')}</dt><dd>{row.auto_confirm ? texts.atOnce : texts.byHand}</dd></div>
      </dl>
    </Section>
  )
}
