// The lines of an order, and what became of each: the licences that were issued, or why there are none.
import type { Row } from '../../api/client'
import { Reference } from '../../kit/reference'
import { Section } from '../../kit/related'
import { Badge } from '../../kit/value'
import { useFormats } from '../../words'
import { useWords } from './words'

type Purchase = Row<'purchasing.purchase'>

export function Lines({ row }: { row: Purchase }) {
  const words = useWords()
  const formats = useFormats()
  return (
    <Section title={words.lines} more={<span className="total">{formats.money(row.amount, row.currency)}{row.refunded > 0 && <small>{words.refunded(formats.money(row.refunded, row.currency))}</small>}</span>}>
      <div className="scroll">
        <table className="list">
          <thead>
            <tr><th scope="col">{words.product}</th><th scope="col" className="num">{words.quantity}</th><th scope="col" className="num">{words.price}</th><th scope="col" className="num">{words.sum}</th><th scope="col">{words.became}</th></tr>
          </thead>
          <tbody>
            {row.lines.map((line) => (
              <tr key={line.line}>
                <th scope="row"><Reference topic="catalog.product" id={line.product} /><small>{line.sku}</small></th>
                <td className="num">{formats.number(line.quantity)}{line.returned > 0 && <small>{words.returned(line.returned)}</small>}</td>
                <td className="num">{formats.money(line.price.amount, line.price.currency)}</td>
                <td className="num">{formats.money(line.price.amount * line.quantity, line.price.currency)}</td>
                <td>
                  <Became of={line.state} />
                  {line.licenses.map((id) => <div key={id}><Reference topic="licensing.license" id={id} /></div>)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  )
}

function Became({ of }: { of: Purchase['lines'][number]['state'] }) {
  if (typeof of === 'string') return <Badge of={of} />
  return <><Badge of="discarded" /> <span className="hint">{of.discarded.reason}</span></>
}
