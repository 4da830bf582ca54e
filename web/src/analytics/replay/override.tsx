// What takes the place of a policy: another price of a service or of all, other rules of issuing licences of a product or of all.
import { useId, useState } from 'react'
import { Field, type FieldProps } from '../../kit/field'
import { MoneyField } from '../../kit/money-field'
import { Pick } from '../../kit/pick'
import { fieldOf, labelOf } from '../../texts'
import { keywordOf } from '../../texts/names'
import { useTexts } from './scenario-texts'

type PriceOverride = { type: 'service_price'; service?: string; change: { percent?: number; amount?: { amount: number; currency: string } } }
type Term = 'perpetual' | { months?: number } | { days?: number }
type IssuanceOverride = { type: 'issuance'; product?: string; change: { term?: Term; grace_days?: number; notices?: number[] } }
export type Override = PriceOverride | IssuanceOverride

interface Props<O> extends Pick<FieldProps, 'pointer' | 'schemas' | 'faults'> {
  value: O
  change: (to: O) => void
  /** Whether one before it is about the same. */
  isRepeated: boolean
}

export function ServicePrice({ pointer, schemas, faults, value, change, isRepeated }: Props<PriceOverride>) {
  const texts = useTexts()
  const of = 'amount' in value.change ? 'amount' : 'percent'
  const at = `${pointer}/change`
  const number = { name: of, pointer: `${at}/${of}`, required: true, faults: missingIn(at, of, faults) }
  const put = (price: PriceOverride['change']) => change({ ...value, change: price })
  return (
    <>
      <Subject topic="scheduling.service" name="service" hint={texts.allServices} pointer={pointer} faults={faults} isRepeated={isRepeated} value={value.service} change={(service) => change({ ...value, service })} />
      <Choice label={fieldOf('change')} of={{ percent: texts.byPercent, amount: texts.toAmount }} chosen={of} choose={(of) => put({ [of]: undefined })} />
      {of === 'amount'
        ? <MoneyField {...number} value={value.change.amount} change={(amount) => put({ amount: amount ?? undefined })} />
        : <Field {...number} schemas={schemas} schema={NUMBER} value={value.change.percent} change={(percent) => put({ percent: percent as number | undefined })} />}
    </>
  )
}

export function Issuance({ pointer, schemas, faults, value, change, isRepeated }: Props<IssuanceOverride>) {
  const texts = useTexts()
  const at = `${pointer}/change`
  const put = (part: IssuanceOverride['change']) => change({ ...value, change: { ...value.change, ...part } })
  const { term, grace_days, notices } = value.change
  return (
    <>
      <Subject topic="catalog.product" name="product" hint={texts.allProducts} pointer={pointer} faults={faults} isRepeated={isRepeated} value={value.product} change={(product) => change({ ...value, product })} />
      <TermField pointer={`${at}/term`} schemas={schemas} faults={faults} value={term} change={(term) => put({ term })} />
      <Field name="grace_days" pointer={`${at}/grace_days`} schema={NUMBER} schemas={schemas} faults={faults} value={grace_days} change={(days) => put({ grace_days: days as number | undefined })} />
      <Notices pointer={`${at}/notices`} faults={faults} value={notices} change={(notices) => put({ notices })} />
    </>
  )
}

const NUMBER = { type: 'integer' }

/** That a number is missing the API says of what it is in. */
const missingIn = (pointer: string, name: string, faults: FieldProps['faults']) => (faults[pointer] ? { [`${pointer}/${name}`]: keywordOf('required')! } : faults)

interface SubjectProps extends Pick<FieldProps, 'pointer' | 'faults'> {
  topic: 'scheduling.service' | 'catalog.product'
  name: string
  hint: string
  isRepeated: boolean
  value?: string
  change: (id: string | undefined) => void
}

/** Whose policy it is. */
function Subject({ name, pointer, faults, isRepeated, ...rest }: SubjectProps) {
  const texts = useTexts()
  const fault = faults[`${pointer}/${name}`]
  return <Pick {...rest} label={fieldOf(name)} fault={fault && isRepeated ? texts.repeated : fault} />
}

/** One of few, by name. */
function Choice<K extends string>({ label, of, chosen, choose }: { label: string; of: Record<K, string>; chosen: K; choose: (key: K) => void }) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={chosen} onChange={(event) => choose(event.target.value as K)}>
        {(Object.entries(of) as [K, string][]).map(([key, name]) => <option key={key} value={key}>{name}</option>)}
      </select>
    </div>
  )
}

interface TermProps extends Pick<FieldProps, 'pointer' | 'schemas' | 'faults'> {
  value?: Term
  change: (to: Term | undefined) => void
}

/** How long one purchase lasts: so many months or days, or without end. */
function TermField({ pointer, schemas, faults, value, change }: TermProps) {
  const texts = useTexts()
  const unit = value === undefined ? 'same' : typeof value === 'string' ? value : 'months' in value ? 'months' : 'days'
  const length = (value as Record<string, number | undefined> | undefined)?.[unit]
  const told = length === undefined ? missingIn(pointer, unit, faults) : faults[pointer] ? { [`${pointer}/${unit}`]: texts.tooShort } : faults
  return (
    <>
      <Choice
        label={fieldOf('term')}
        of={{ same: texts.same, months: fieldOf('months'), days: fieldOf('days'), perpetual: labelOf('perpetual') }}
        chosen={unit}
        choose={(unit) => change(unit === 'same' ? undefined : unit === 'perpetual' ? unit : ({ [unit]: undefined } as Term))}
      />
      {typeof value === 'object' && <Field name={unit} pointer={`${pointer}/${unit}`} schema={NUMBER} schemas={schemas} required value={length} change={(length) => change({ [unit]: length } as Term)} faults={told} />}
    </>
  )
}

interface NoticesProps extends Pick<FieldProps, 'pointer' | 'faults'> {
  value?: number[]
  change: (to: number[] | undefined) => void
}

/** How many days before the end the holder is told, typed as numbers in any order. */
function Notices({ pointer, faults, value, change }: NoticesProps) {
  const id = useId()
  const texts = useTexts()
  const [typed, setTyped] = useState<string>()
  const [fault] = Object.entries(faults).filter(([at]) => at.startsWith(pointer)).map(([at, message]) => (at === pointer ? texts.tooMany : message))
  const read = (text: string) => {
    setTyped(text)
    change(text.match(/\d+/g)?.map(Number).sort((one, other) => other - one))
  }
  return (
    <div className="field">
      <label htmlFor={id}>{texts.notices}</label>
      <input id={id} name={pointer} placeholder="30, 7, 1" value={typed ?? value?.join(', ') ?? ''} onChange={(event) => read(event.target.value)} onBlur={() => setTyped(undefined)} aria-invalid={fault ? true : undefined} aria-describedby={fault && `${id}-fault`} />
      {fault && <span className="fault" id={`${id}-fault`}>{fault}</span>}
    </div>
  )
}
