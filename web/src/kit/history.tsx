// What happened to an item, event by event: what, by whom, when, and its number in the record.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Pencil, Plus } from 'lucide-react'
import { useMemo, useState, type ReactNode } from 'react'
import { call, type Operation } from '../api/client'
import { pagesOf } from '../api/pages'
import { may, useMe } from '../api/rights'
import { eventOf, fieldOf, useFormats, useReader, useTexts } from '../texts'
import { useActorOf, useNameOf } from './names'
import { resourceOf } from './resource'
import { Skeleton, Trouble } from './states'
import { eventTold, referredIn } from './told'

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

/** As many ids as a list is asked for at once. */
const NAMED = 200

/** Asks for the names of what events refer to that no answer brought: those that come with a thing are of what it refers to now. */
function useNamesIn(events: Happened[]) {
  const me = useMe()
  const nameOf = useNameOf()
  const last = events.at(-1)?.position
  // By what is known when the events come: what has no name even then is not asked for again.
  const lacking = useMemo(() => {
    const referred = events.flatMap(({ data }) => [...referredIn(data)]).filter(([topic, id]) => nameOf(id) === undefined && me && may(me.rights, `${topic}.list`))
    return [...Map.groupBy(referred, ([topic]) => topic)].map(([topic, of]) => [topic, [...new Set(of.map(([, id]) => id))].slice(0, NAMED).join(',')] as const)
  }, [last])
  useQuery({
    queryKey: ['named', lacking],
    queryFn: async ({ signal }) => ({ pages: await Promise.all(lacking.map(async ([topic, ids]) => ({ names: await namesOf(topic, ids, signal) }))) }),
    enabled: lacking.length > 0,
  })
}

async function namesOf(topic: string, ids: string, signal: AbortSignal) {
  const { data } = await (call(`${topic}.list` as Operation, { query: { 'filter[id]': ids, limit: NAMED }, signal }) as unknown as Promise<{ data: { id: string }[] }>)
  return Object.fromEntries(data.map((row) => [row.id, { topic, name: resourceOf(topic)!.title(row as never) }]))
}

/** `until`: the position at which the thing is looked at, if that is not now; what came after is there, but faint. */
export function History({ topic, id, until }: { topic: string; id: string; until?: number }) {
  const texts = useTexts()
  const [only, setOnly] = useState('')
  const { history, events: first } = useHistory(topic, id)
  useNamesIn(first)
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

function EventData({ of, nameOf }: { of: unknown; nameOf: ReturnType<typeof useNameOf> }) {
  const formats = useFormats()
  const { locale, texts } = useReader()
  return eventTold(of, { formats, locale, nameOf, yes: texts.item.yes, no: texts.item.no })
}
