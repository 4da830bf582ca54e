// What an event says, in a line: its fields as people write them.
import { fieldOf, humanised, labelOf, type formatsOf } from '../texts'
import { weekday, WEEKDAYS } from '../texts/weekday'
import { topicOf } from './referred'
import { wallClock } from './value'

export interface Reader {
  formats: ReturnType<typeof formatsOf>
  locale: string
  nameOf: (id: string) => string | undefined
  yes: string
  no: string
}

/** What is sealed for a person is told as it is. */
export const eventTold = (data: unknown, reader: Reader): string =>
  [...fieldsOf(data)].map(([name, part]) => [fieldOf(name), cut(told(name, part, reader))]).filter(([, text]) => text).map((field) => field.join(': ')).join(' · ')

const HOLDERS = new Set(['grant', 'offer', 'details', 'policy'])
/** What says nothing to people: moments are told by their clock on the wall. */
const UNTOLD = new Set(['type', 'schema', 'of', 'utc', 'tzdb', 'zone', 'text_hash', 'cutoff', 'payload', 'key'])
const ID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/
const MOMENT = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/
/** What is longer is read where it stands. */
const LONG = 200

const cut = (text: string) => (text.length > LONG ? `${text.slice(0, LONG).trimEnd()}…` : text)

/** The fields of an event; what only holds others together is none itself. */
function* fieldsOf(of: unknown): Generator<[string, unknown]> {
  if (!of || typeof of !== 'object' || Array.isArray(of)) return
  for (const [name, part] of Object.entries(of)) {
    if (name === 'stretches') yield ['resources', (part as { resource?: string }[]).map(({ resource }) => resource)]
    else if (name === 'plan') yield* endingFields(part)
    else if (HOLDERS.has(name)) yield* fieldsOf(part)
    else if (!UNTOLD.has(name)) yield [name, part]
  }
}

/** A plan is until it ends; a time that is held has another `until` beside it. */
function* endingFields(plan: unknown): Generator<[string, unknown]> {
  for (const [name, part] of fieldsOf(plan)) yield [name === 'until' ? 'ends_at' : name, part]
}

function told(name: string, of: unknown, reader: Reader): string {
  if (typeof of === 'string') return textTold(name, of, reader)
  if (typeof of === 'number') return reader.formats.number(of)
  if (typeof of === 'boolean') return of ? reader.yes : reader.no
  if (!of) return ''
  if (!Array.isArray(of)) return wholeTold(of as Record<string, unknown>, reader)
  const parts = new Set(of.map((part) => told(name, part, reader)).filter(Boolean))
  return [...parts].join(of.some((part) => typeof part === 'object') ? '; ' : ', ')
}

/** The things that an event names, by their topics. */
export function* referredIn(data: unknown): Generator<[topic: string, id: string]> {
  for (const [name, part] of fieldsOf(data)) {
    const topic = topicOf(name)
    for (const id of topic ? [part].flat() : []) if (typeof id === 'string' && ID.test(id)) yield [topic!, id]
  }
}

/** A text of machines: ids by what they name, moments and times by the clock. */
export function textTold(name: string, text: string, { formats, locale, nameOf }: Reader): string {
  // What is not known by a name is still told apart; what is no thing of its own is not told.
  if (ID.test(text)) return nameOf(text) ?? (topicOf(name) ? text.slice(0, 8) : '')
  // What ends as a day begins ends with the day before.
  if (MOMENT.test(text)) return name === 'until' && formats.isDay(text) ? formats.lastDay(text) : formats.whole(text)
  if (/^\d{4}-\d\d-\d\dT[\d:]{8}$/.test(text)) return wallClock(text)
  if (/^\d\d:\d\d:\d\d$/.test(text)) return text.slice(0, 5)
  if ((WEEKDAYS as readonly string[]).includes(text)) return weekday(text, locale)
  return /^[a-z]+(_[a-z]+)*$/.test(text) ? humanised(text) : text
}

/** Several parts as one value: text speaks for itself, all else says what it is. */
function wholeTold(of: Record<string, unknown>, reader: Reader): string {
  const { amount, currency, kind, value, from, until, known, ...others } = of
  // What is a person's is known until they are erased.
  if (known !== undefined) return told('known', known, reader)
  if (typeof amount === 'number' && typeof currency === 'string') return reader.formats.money(amount, currency)
  if (typeof kind === 'string' && value !== undefined) return `${labelOf(kind)} ${told('value', value, reader)}`
  if (typeof from === 'string' && until !== undefined) return [wholeTold(others, reader), `${told('from', from, reader)}–${told('until', until, reader)}`].filter(Boolean).join(' ')
  const parts = Object.entries(of).filter(([name]) => !UNTOLD.has(name)).map(([name, part]) => [name, part, told(name, part, reader)] as const)
  return parts.filter(([, , text]) => text).map(([name, part, text]) => (typeof part === 'string' ? text : `${humanised(name)}: ${text}`)).join(', ')
}
