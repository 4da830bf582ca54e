// An amount of money as people type it: in units of the currency, not in its cents.
import { useId } from 'react'
import { useMe } from '../api/rights'
import { fieldOf, useReader } from '../texts'
import type { Schema } from './form'
import { Needed } from './needed'

interface Money {
  amount: number
  currency: string
}

/** Whether a plain schema is money. */
export const isMoney = ({ properties = {} }: Schema) => Object.keys(properties).sort().join() === 'amount,currency'

interface Props {
  name: string
  pointer: string
  required?: boolean
  value: unknown
  change: (to: Money | null) => void
  faults: Record<string, string>
}

export function MoneyField({ name, pointer, required, value, change, faults }: Props) {
  const id = useId()
  const { locale } = useReader()
  const me = useMe()
  const now = value as Money | null | undefined
  const currency = now?.currency ?? me?.business?.currency ?? 'EUR'
  const digits = new Intl.NumberFormat(locale, { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
  const fault = faults[pointer] ?? faults[`${pointer}/amount`]
  return (
    <div className="field">
      <label htmlFor={id}>{fieldOf(name)}, {new Intl.DisplayNames(locale, { type: 'currency' }).of(currency)}{required && <Needed />}</label>
      <input
        id={id} name={pointer} type="number" inputMode="decimal" min={0} step={10 ** -digits} required={required} aria-invalid={fault ? true : undefined} aria-describedby={fault && `${id}-fault`}
        value={now ? now.amount / 10 ** digits : ''}
        onChange={({ target }) => change(target.value === '' ? null : { amount: Math.round(target.valueAsNumber * 10 ** digits), currency })}
      />
      {fault && <span className="fault" id={`${id}-fault`}>{fault}</span>}
    </div>
  )
}
