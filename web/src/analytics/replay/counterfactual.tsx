// What a replay says of its scenario: that it is of one, what that changes, and how one reads the difference.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Row } from '../../api/client'
import { Code } from '../../kit/copy'
import { one } from '../../kit/one'
import { Section } from '../../kit/related'
import { resourceOf } from '../../kit/resource'
import { Value } from '../../kit/value'
import { fieldOf, labelOf, useFormats, useReader } from '../../texts'
import { useTexts } from './scenario-texts'

type Scenario = NonNullable<Row<'analytics.replay'>['scenario']>
type Override = Scenario['overrides'][number]

export function Counterfactual({ of }: { of: Scenario | null }) {
  return of ? <>{of.label} <Mark /></> : <Value of={of} />
}

const Mark = () => <span className="badge warn">{useTexts().counterfactual}</span>

/** The policies that a scenario changes. */
export function WhatIf({ of: { label, overrides } }: { of: Scenario }) {
  const texts = useTexts()
  return (
    <Section title={label} more={<Mark />}>
      <p>{texts.intro}</p>
      <ul>
        {overrides.map((override, at) => (
          <li key={at}>
            <div>
              <strong><Subject of={override} /></strong>
              <small>{labelOf(override.type)} · {override.type === 'issuance' ? <Issuance of={override.change} /> : <Price of={override.change} />}</small>
            </div>
          </li>
        ))}
      </ul>
    </Section>
  )
}

function Subject({ of }: { of: Override }) {
  const texts = useTexts()
  const [topic, id] = of.type === 'issuance' ? (['catalog.product', of.product] as const) : (['scheduling.service', of.service] as const)
  const found = useQuery({ ...one(topic, id ?? ''), enabled: Boolean(id) })
  const resource = resourceOf(topic)!
  if (!id) return texts.every[of.type]
  return <Link className="reference" to={`/${resource.place}/${id}` as never}>{found.data ? resource.title(found.data.data) : id.slice(0, 8)}</Link>
}

function Price({ of }: { of: Extract<Override, { type: 'service_price' }>['change'] }) {
  const formats = useFormats()
  const { locale } = useReader()
  if ('amount' in of) return formats.money(of.amount.amount, of.amount.currency)
  return new Intl.NumberFormat(locale, { style: 'percent', signDisplay: 'exceptZero' }).format(of.percent / 100)
}

function Issuance({ of: { term, grace_days, notices } }: { of: Extract<Override, { type: 'issuance' }>['change'] }) {
  const texts = useTexts()
  const formats = useFormats()
  const { locale } = useReader()
  const unit = (value: number, unit: 'month' | 'day') => new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(value)
  const length = term && (typeof term === 'string' ? labelOf(term) : 'months' in term ? unit(term.months, 'month') : unit(term.days, 'day'))
  const changes = [[fieldOf('term'), length], [fieldOf('grace_days'), grace_days != null && formats.number(grace_days)], [texts.notices, notices?.join(', ')]]
  return changes.filter(([, to]) => to).map(([name, to]) => `${name} ${to}`).join(' · ')
}

/** How one reads what differs. */
export function Difference({ from }: { from: string }) {
  const texts = useTexts()
  return (
    <div>
      <Code about={texts.difference} text={`select * from "${from}".scenario_diff;`} />
      <p className="hint">{texts.columns}</p>
    </div>
  )
}
