// What a service costs, in the reader's way to write money.
import type { Row } from '../../api/client'
import { useFormats } from '../../texts'
import { useTexts } from './texts'

export function Price({ of: { price, price_from } }: { of: Pick<Row<'scheduling.service'>, 'price' | 'price_from'> }) {
  const texts = useTexts()
  const formats = useFormats()
  if (!price) return null
  const money = price.amount === 0 ? texts.nothing : formats.money(price.amount, price.currency)
  return <span className="price">{price_from ? texts.from(money) : money}</span>
}
