// What happened to an item, event by event: what, by whom, when, and its number in the record.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Pencil, Plus } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { call, type Operation } from '../api/client'
import { pagesOf } from '../api/pages'
import { eventOf, fieldOf, humanised, useFormats, useReader, useTexts } from '../texts'
import { WEEKDAYS, weekday } from '../texts/weekday'
import { useActorOf, useNameOf } from './names'
import { Skeleton, Trouble } from './states'
import { wallClock } from './value'

export interface Happened {
  position: number
  type: string
  recorded_at: string
  version: number
  actor: string
  on_behalf_of?: string | null
  effective_at?: string | null
  causation?: string | null
  data?: unknown
  /** Which field it changed, and what that became, where it explains a field. */
  field?: string
  value?: unknown
}

const FEW = 8

/** All that happened to a thing, the first of it first. */
export function useHistory(topic: string, id: string, enabled = true) {
  const history = useQuery({
    queryKey: [topic, 'history', id],
    queryFn: async ({ signal }) => {
      type Page = { data: Happened[]; page: { next?: string | null }; names: object }
      return { pages: await pagesOf((cursor) => call(`${topic}.history` as Operation, { path: { id }, query: { limit: 200, include: 'names', cursor }, signal }) as unknown as Promise<Page>) }
    },
    enabled,
  })
  return { history, events: history.data?.pages.flatMap(({ data }) => data) ?? [] }
}

/** `until`: the position at which the thing is looked at, if that is not now; what came after is there, but faint. */
export function History({ topic, id, until }: { topic: string; id: string; until?: number }) {
  const texts = useTexts()
  const [only, setOnly] = useState('')
  const { history, events: first } = useHistory(topic, id)
  const events = first.toReversed()
  const types = [...new Set(events.map(({ type }) => type))]
  return (
    <section aria-labelledby="happened" id="history">
      <div className="section-head">
        <h2 id="happened">{until === undefined ? texts.item.happened : texts.past.happened}</h2>
        {events.length > FEW && types.length > 1 && (
          <span className="field">
            <select aria-label={fieldOf('type')} value={only} onChange={(event) => setOnly(event.target.value)}>
              <option value="">{texts.list.all}</option>
              {types.map((type) => <option key={type} value={type}>{eventOf(type)}</option>)}
            </select>
          </span>
        )}
      </div>
      {history.isPending && <Skeleton rows={3} />}
      {history.isError && <Trouble error={history.error} />}
      <Events of={only ? events.filter(({ type }) => type === only) : events} until={until} moments />
    </section>
  )
}

interface EventsProps {
  of: Happened[]
  until?: number
  /** Each leads to what the thing was then. */
  moments?: boolean
  /** How a value is shown that an event gave. */
  value?: (of: Happened) => ReactNode
}

export function Events({ of, until = Infinity, moments, value }: EventsProps) {
  return <ol className="events">{of.map((event) => <Event key={`${event.position} ${event.field ?? ''}`} of={event} later={event.position > until} moment={moments} value={value} />)}</ol>
}

function Event({ of, later, moment, value }: { of: Happened; later: boolean; moment?: boolean; value?: EventsProps['value'] }) {
  const texts = useTexts()
  const formats = useFormats()
  const actorOf = useActorOf()
  const nameOf = useNameOf()
  const actor = actorOf(of.actor)
  const behalf = actorOf(of.on_behalf_of)
  const sentence = eventOf(of.type, behalf ? texts.item.behalf(actor ?? texts.item.system, behalf) : actor)
  return (
    <li data-later={later || undefined}>
      <span className="dot" aria-hidden="true">{of.version === 1 ? <Plus size={14} /> : <Pencil size={14} />}</span>
      <div>
        <strong>{value ? value(of) : sentence}</strong>
        <small>{value ? sentence : <EventData of={of.data} nameOf={nameOf} />}</small>
        {of.effective_at && <small>{fieldOf('effective_at')}: {formats.moment(of.effective_at)}</small>}
        {of.causation && <small>{texts.item.followed}</small>}
      </div>
      <span className="when"><time dateTime={of.recorded_at} title={formats.moment(of.recorded_at)}>{formats.ago(of.recorded_at)}</time><br />{moment ? <Link to={'.' as never} search={((before: object) => ({ ...before, as_of: of.position })) as never} aria-label={texts.past.asOf(texts.item.record(of.position))}>{texts.item.record(of.position)}</Link> : texts.item.record(of.position)}</span>
    </li>
  )
}

/** What an event says, field by field in a line; what is sealed for a person is told as it is. */
function EventData({ of, nameOf }: { of: unknown; nameOf: ReturnType<typeof useNameOf> }) {
  const formats = useFormats()
  const { locale } = useReader()
  const value = (text: string) => {
    if (ID.test(text)) return nameOf(text)
    if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text)) return formats.whole(text)
    if (/^\d{4}-\d\d-\d\dT[\d:]{8}$/.test(text)) return wallClock(text)
    if (/^\d\d:\d\d:\d\d$/.test(text)) return text.slice(0, 5)
    if ((WEEKDAYS as readonly string[]).includes(text)) return weekday(text, locale)
    if (/^[a-z]+(_[a-z]+)*$/.test(text)) return humanised(text)
    return text.length > LONG ? `${text.slice(0, LONG).trimEnd()}…` : text
  }
  const parts = [...fieldsOf(of)].map(([name, part]) => [fieldOf(name), [...new Set([...plain(part)].map(value).filter(Boolean))].join(', ')] as const)
  return <>{parts.filter(([, told]) => told).map(([name, told]) => `${name}: ${told}`).join(' · ')}</>
}

/** What is longer is read where it stands. */
const LONG = 200

const ID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/

/** The fields of an event; what only holds others together is none itself. */
function* fieldsOf(of: unknown): Generator<[string, unknown]> {
  if (!of || typeof of !== 'object' || Array.isArray(of)) return
  for (const [name, part] of Object.entries(of)) {
    if (name === 'stretches') yield ['resources', (part as { resource?: string }[]).map(({ resource }) => resource)]
    else if (HOLDERS.has(name)) yield* fieldsOf(part)
    else if (!UNTOLD.has(name)) yield [name, part]
  }
}

function* plain(of: unknown): Generator<string> {
  if (typeof of === 'string' && of !== '') yield of
  else if (Array.isArray(of)) for (const part of of) yield* plain(part)
  else if (of && typeof of === 'object') for (const [name, part] of Object.entries(of)) if (!UNTOLD.has(name)) yield* plain(part)
}

const HOLDERS = new Set(['plan', 'grant', 'offer'])
/** What says nothing to people: moments are told by their clock on the wall. */
const UNTOLD = new Set(['type', 'schema', 'of', 'utc', 'tzdb', 'zone', 'text_hash', 'cutoff', 'payload'])
