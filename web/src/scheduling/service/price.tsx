// What a service costs, in the reader's way to write money.
import type { Row } from '../../api/client'
import { useFormats } from '../../words'
import { useWords } from './words'

export function Price({ of: { price, price_from } }: { of: Pick<Row<'scheduling.service'>, 'price' | 'price_from'> }) {
  const words = useWords()
  const formats = useFormats()
  if (!price) return null
  const money = price.amount === 0 ? words.nothing : formats.money(price.amount, price.currency)
  return <span className="price">{price_from ? words.from(money) : money}</span>
}
