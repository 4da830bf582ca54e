// What a product's page says besides its facts: how licences are issued, and which parameters they have.
import { Link } from '@tanstack/react-router'
import type { Row } from '../../api/client'
import { Related, Section } from '../../kit/related'
import { useFormats, useReader, useTexts as useSharedTexts } from '../../texts'
import { useTexts } from './texts'

type Product = Row<'catalog.product'>
interface Declared { type?: string; enum?: unknown[]; minimum?: number; maximum?: number }
interface Declaration { properties?: Record<string, Declared>; required?: string[] }

export function Policy({ row }: { row: Product }) {
  const texts = useTexts()
  const { locale } = useReader()
  const policy = row.issuance_policy
  const unit = (n: number, unit: 'month' | 'day') => new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(n)
  const sentences = () => {
    const { term, grace_days, notices, quantity } = policy!
    return [
      term === 'perpetual' ? texts.perpetual : texts.lasts('months' in term ? unit(term.months, 'month') : unit(term.days, 'day')),
      term !== 'perpetual' && grace_days ? texts.grace(unit(grace_days, 'day')) : undefined,
      term !== 'perpetual' && notices?.length ? texts.told(new Intl.ListFormat(locale).format(notices.map(String))) : undefined,
      quantity === 'separate' ? texts.separate : texts.seats,
    ].filter(Boolean)
  }
  return <Section title={texts.policy}><p>{policy ? sentences().join(' ') : texts.noPolicy}</p></Section>
}

export function Parameters({ row }: { row: Product }) {
  const texts = useTexts()
  const shared = useSharedTexts()
  const { properties = {}, required = [] } = (row.parameters_schema ?? {}) as Declaration
  return (
    <Section title={texts.parameters} more={row.parameters_version && <span className="hint">{row.parameters_version}</span>}>
      {Object.keys(properties).length === 0 ? <p className="hint">{texts.noParameters}</p> : (
        <table className="list">
          <thead><tr><th scope="col">{texts.name}</th><th scope="col">{texts.values}</th><th scope="col">{texts.needed}</th></tr></thead>
          <tbody>
            {Object.entries(properties).map(([name, declared]) => (
              <tr key={name}><th scope="row"><code>{name}</code></th><td><Values of={declared} /></td><td>{required.includes(name) ? shared.item.yes : shared.item.no}</td></tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  )
}

function Values({ of: { type = '', enum: choices, minimum, maximum } }: { of: Declared }) {
  const texts = useTexts()
  const formats = useFormats()
  if (choices) return choices.map(String).join(', ')
  const bounds = [minimum !== undefined && texts.from(formats.number(minimum)), maximum !== undefined && texts.to(formats.number(maximum))].filter(Boolean)
  return [texts.types[type] ?? texts.any, ...bounds].join(', ')
}

export function Licences({ row }: { row: Product }) {
  return <Related topic="licensing.license" by={{ product_id: row.id }} title={useTexts().licences} sort="ends_at" />
}

/** What its documents say, where that is something of their own. */
export function Templates({ row }: { row: Product }) {
  const texts = useTexts()
  const add = <Link className="quiet-link" to={'/document-templates/new' as never} search={{ product: row.id } as never}>{texts.newTemplate}</Link>
  return <Related topic="documents.template" by={{ product: row.id }} more={add} empty={texts.noTemplates} />
}
