// What a product's page says besides its facts: how licences are issued, and which parameters they have.
import type { Row } from '../../api/client'
import { Related, Section } from '../../kit/related'
import { useFormats, useReader, useWords as useKit } from '../../words'
import { useWords } from './words'

type Product = Row<'catalog.product'>
interface Declared { type?: string; enum?: unknown[]; minimum?: number; maximum?: number }
interface Declaration { properties?: Record<string, Declared>; required?: string[] }

export function Policy({ row }: { row: Product }) {
  const words = useWords()
  const { locale } = useReader()
  const policy = row.issuance_policy
  const unit = (n: number, unit: 'month' | 'day') => new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(n)
  const sentences = () => {
    const { term, grace_days, notices, quantity } = policy!
    return [
      term === 'perpetual' ? words.perpetual : words.lasts('months' in term ? unit(term.months, 'month') : unit(term.days, 'day')),
      term !== 'perpetual' && grace_days ? words.grace(unit(grace_days, 'day')) : undefined,
      term !== 'perpetual' && notices?.length ? words.told(new Intl.ListFormat(locale).format(notices.map(String))) : undefined,
      quantity === 'separate' ? words.separate : words.seats,
    ].filter(Boolean)
  }
  return <Section title={words.policy}><p>{policy ? sentences().join(' ') : words.noPolicy}</p></Section>
}

export function Parameters({ row }: { row: Product }) {
  const words = useWords()
  const kit = useKit()
  const { properties = {}, required = [] } = (row.parameters_schema ?? {}) as Declaration
  return (
    <Section title={words.parameters} more={row.parameters_version && <span className="hint">{row.parameters_version}</span>}>
      {Object.keys(properties).length === 0 ? <p className="hint">{words.noParameters}</p> : (
        <table className="list">
          <thead><tr><th scope="col">{words.name}</th><th scope="col">{words.values}</th><th scope="col">{words.needed}</th></tr></thead>
          <tbody>
            {Object.entries(properties).map(([name, declared]) => (
              <tr key={name}><th scope="row"><code>{name}</code></th><td><Values of={declared} /></td><td>{required.includes(name) ? kit.item.yes : kit.item.no}</td></tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  )
}

function Values({ of: { type = '', enum: choices, minimum, maximum } }: { of: Declared }) {
  const words = useWords()
  const formats = useFormats()
  if (choices) return choices.map(String).join(', ')
  const bounds = [minimum !== undefined && words.from(formats.number(minimum)), maximum !== undefined && words.to(formats.number(maximum))].filter(Boolean)
  return [words.types[type] ?? words.any, ...bounds].join(', ')
}

export function Licences({ row }: { row: Product }) {
  return <Related topic="licensing.license" by={{ product_id: row.id }} title={useWords().licences} sort="ends_at" />
}
