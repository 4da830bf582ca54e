// The lines of an order, and what became of each: the licences that were issued, or why there are none.
import type { Row } from '../../api/client'
import { Reference } from '../../kit/reference'
import { Section } from '../../kit/related'
import { Badge } from '../../kit/value'
import { useFormats } from '../../texts'
import { useTexts } from './texts'

type Purchase = Row<'purchasing.purchase'>

export function Lines({ row }: { row: Purchase }) {
  const texts = useTexts()
  const formats = useFormats()
  return (
    <Section title={texts.lines} more={<span className="total">{formats.money(row.amount, row.currency)}{row.refunded > 0 && <small>{texts.refunded(formats.money(row.refunded, row.currency))}</small>}</span>}>
      <div className="scroll">
        <table className="list">
          <thead>
            <tr><th scope="col">{texts.product}</th><th scope="col" className="num">{texts.quantity}</th><th scope="col" className="num">{texts.price}</th><th scope="col" className="num">{texts.sum}</th><th scope="col">{texts.became}</th></tr>
          </thead>
          <tbody>
            {row.lines.map((line) => (
              <tr key={line.line}>
                <th scope="row"><Reference topic="catalog.product" id={line.product} /><small>{line.sku}</small></th>
                <td className="num">{formats.number(line.quantity)}{line.returned > 0 && <small>{texts.returned(line.returned)}</small>}</td>
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
