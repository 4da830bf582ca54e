// How values are shown: enumerated values as badges, moments in the zone of the business, nested things as small tables.
import { contact } from './phone'
import { fieldOf, useFormats, useReader, useTexts, labelOf } from '../texts'

const tones: Record<string, string> = {
  active: 'ok', published: 'ok', confirmed: 'ok', offered: 'ok', in_use: 'ok', completed: 'ok', fulfilled: 'ok', resolved: 'ok', accepted: 'ok',
  open: 'info', pending: 'warn', requested: 'warn', held: 'warn', grace: 'warn', suspended: 'warn', high: 'warn', waiting: 'warn', parked: 'warn',
  failed: 'bad', quarantined: 'bad', expired: 'bad', revoked: 'bad', cancelled: 'bad', no_show: 'bad', urgent: 'bad', locked: 'bad', closed: '', archived: '', retired: '',
}

export function Badge({ of }: { of: string }) {
  return <span className={`badge ${tones[of] ?? ''}`}>{labelOf(of)}</span>
}

export const hues = [168, 38, 262, 330, 96, 215, 12, 295]
/** The hue of a person or thing, always the same. */
export const hueOf = (id: string) => hues[[...id].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 0) % hues.length]

export function Avatar({ id, name, large }: { id: string; name: string; large?: boolean }) {
  const initials = name.split(/\s+/).slice(0, 2).map((word) => word[0]).join('').toUpperCase()
  return (
    <span className={large ? 'avatar large' : 'avatar'} aria-hidden="true" style={{ '--hue': hueOf(id) } as React.CSSProperties}>
      {initials}
    </span>
  )
}

/** A country by its code. */
export function Country({ of }: { of: string | null | undefined }) {
  const { locale } = useReader()
  return of ? new Intl.DisplayNames(locale, { type: 'region' }).of(of) : <Value of={of} />
}

/** A moment of which only the day counts; `last`: of an end, the last day before it. */
export function Day({ of, last }: { of: string | null | undefined; last?: boolean }) {
  const formats = useFormats()
  return of ? <time dateTime={of}>{last ? formats.lastDay(of) : formats.day(of)}</time> : <Value of={of} />
}

export function Money({ amount, currency }: { amount: number; currency: string }) {
  return useFormats().money(amount, currency)
}

/** A time by the clock on the wall where something takes place: in no zone but that one. */
export const wallClock = (text: string) =>
  new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' }).format(new Date(`${text}Z`))

/** Any value of an answer; `kind` is what the contract calls it (rows.json). */
export function Value({ of, kind }: { of: unknown; kind?: string }) {
  const texts = useTexts()
  const formats = useFormats()
  if (of === null || of === undefined || of === '') return <span className="hint">{texts.item.none}</span>
  if (typeof of === 'boolean') return of ? texts.item.yes : texts.item.no
  if (typeof of === 'number') return formats.number(of)
  if (Array.isArray(of) && of.length > 0 && of.every((part) => typeof part === 'number')) return of.map(formats.number).join(', ')
  if (Array.isArray(of)) return of.length === 0 ? <span className="hint">{texts.item.none}</span> : <ul>{of.map((part, at) => <li key={at}><Value of={part} /></li>)}</ul>
  if (typeof of === 'object') return <Nested of={of as Record<string, unknown>} />
  const text = String(of)
  if (kind === 'enum') return <Badge of={text} />
  if (kind === 'time' || /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text)) return <time dateTime={text}>{formats.moment(text)}</time>
  if (/^\d{4}-\d\d-\d\dT[\d:]{8}$/.test(text)) return wallClock(text)
  if (kind === 'id') return <code>{text.slice(0, 8)}</code>
  return text
}

/** Contact points, addresses, terms and the like; keys of the parts are not shown. */
function Nested({ of }: { of: Record<string, unknown> }) {
  const parts = Object.entries(of).filter(([name, value]) => name !== 'key' && value !== null)
  const { kind, value, amount, currency } = of
  if (parts.length === 0) return <Value of={null} />
  if (typeof amount === 'number' && typeof currency === 'string') return <Money amount={amount} currency={currency} />
  if (typeof kind === 'string' && typeof value === 'string') return <>{contact({ kind, value })} <span className="hint">{labelOf(kind)}</span></>
  return (
    <dl className="nested">
      {parts.map(([name, value]) => [<dt key={name}>{fieldOf(name)}</dt>, <dd key={`${name}=`}><Value of={value} /></dd>])}
    </dl>
  )
}
