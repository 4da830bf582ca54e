// An item: what happened to it beside its facts, each of which can be asked why it is so.
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { ChevronRight, CircleQuestionMark, Ellipsis, Pencil, Plus } from 'lucide-react'
import { useState } from 'react'
import { Button, Dialog, DialogTrigger, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components'
import { call, type Operation } from '../api/client'
import { may, useMe } from '../api/rights'
import { humanised, useFormats, useWords } from '../words'
import { Command } from './command'
import { Reference, topicOf } from './reference'
import { actsOf, factsOf, kindOf, type Resource } from './resource'
import { Top } from './shell'
import { Heading, Skeleton, Trouble } from './states'
import { Avatar, Value } from './value'

type Found = { data: { id: string; version: number; created_at: string } & Record<string, unknown> }

export function Item({ resource }: { resource: Resource }) {
  const words = useWords()
  const formats = useFormats()
  const me = useMe()
  const { id } = useParams({ strict: false }) as { id: string }
  const [act, setAct] = useState<Operation>()
  const { topic } = resource
  const item = useQuery({
    queryKey: [topic, 'item', id],
    queryFn: ({ signal }) => call(`${topic}.find` as Operation, { path: { id }, signal }) as unknown as Promise<Found>,
    placeholderData: keepPreviousData,
  })
  const row = item.data?.data
  const title = row ? resource.title(row as never) : ''
  const acts = actsOf(topic).item.filter((name) => me && may(me.rights, name))
  return (
    <>
      <Top>
        <nav className="crumbs" aria-label="Breadcrumb">
          <Link to={`/${resource.place}` as never}>{words.places[topic] ?? humanised(topic.split('.')[1]!)}</Link>
          <ChevronRight size={16} aria-hidden="true" />
          <span aria-current="page">{title}</span>
        </nav>
        <span className="grow" />
        {acts.length > 0 && (
          <MenuTrigger>
            <Button className="button"><Ellipsis size={16} /> {words.item.acts}</Button>
            <Popover className="popover" placement="bottom end">
              <Menu onAction={(name) => setAct(name as Operation)} aria-label={words.item.acts}>
                {acts.map((name) => <MenuItem key={name} id={name} className="menu-item">{humanised(name.split('.')[2]!)}</MenuItem>)}
              </Menu>
            </Popover>
          </MenuTrigger>
        )}
      </Top>
      {item.isPending && <div className="page"><Skeleton /></div>}
      {item.isError && <div className="page"><Trouble error={item.error} retry={() => void item.refetch()} /></div>}
      {row && (
        <div className="thing">
          <div className="page">
            <div className="title">
              {resource.people && <Avatar id={id} name={title} large />}
              <div>
                <Heading>{title}</Heading>
                <p>{words.item.since(formats.day(row.created_at))}</p>
              </div>
            </div>
            {resource.panels?.map((Panel, at) => <Panel key={at} row={row as never} />)}
            {me && may(me.rights, `${topic}.history`) && <History topic={topic} id={id} />}
          </div>
          <aside aria-label={words.item.facts}>
            <dl className="facts">
              {factsOf(resource).map((name) => (
                <div key={name}>
                  <dt>{humanised(name)} <Why topic={topic} id={id} field={name} /></dt>
                  <dd><Fact name={name} value={row[name]} kind={kindOf(topic, name)} /></dd>
                </div>
              ))}
            </dl>
          </aside>
        </div>
      )}
      {act && row && <Command name={act} row={row} close={() => setAct(undefined)} />}
    </>
  )
}

function Fact({ name, value, kind }: { name: string; value: unknown; kind?: string }) {
  const topic = topicOf(name)
  if (!topic || !value) return <Value of={value} kind={kind} />
  return [value].flat().map((id) => <div key={String(id)}><Reference topic={topic} id={String(id)} /></div>)
}

type Happened = { position: number; type: string; recorded_at: string; version: number; data?: unknown }

function History({ topic, id }: { topic: string; id: string }) {
  const words = useWords()
  const history = useQuery({
    queryKey: [topic, 'history', id],
    queryFn: ({ signal }) => call(`${topic}.history` as Operation, { path: { id }, query: { limit: 100 }, signal }) as unknown as Promise<{ data: Happened[] }>,
  })
  return (
    <section aria-labelledby="happened">
      <h2 id="happened">{words.item.happened}</h2>
      {history.isPending && <Skeleton rows={3} />}
      {history.isError && <Trouble error={history.error} />}
      <Events of={history.data?.data.toReversed() ?? []} />
    </section>
  )
}

function Events({ of }: { of: (Happened & { value?: unknown })[] }) {
  const words = useWords()
  const formats = useFormats()
  return (
    <ol className="events">
      {of.map((event) => (
        <li key={event.position}>
          <span className="dot" aria-hidden="true">{event.version === 1 ? <Plus size={14} /> : <Pencil size={14} />}</span>
          <div>
            <strong>{'value' in event ? <Value of={event.value} /> : humanised(event.type)}</strong>
            <small>{'value' in event ? humanised(event.type) : <Told of={event.data} />}</small>
          </div>
          <span className="when"><time dateTime={event.recorded_at}>{formats.ago(event.recorded_at)}</time><br />{words.item.record(event.position)}</span>
        </li>
      ))}
    </ol>
  )
}

/** The plain values of an event, in a line; what is sealed for a person is told as it is. */
function Told({ of }: { of: unknown }) {
  return <>{[...plain(of)].join(' · ')}</>
}

function* plain(of: unknown): Generator<string> {
  if (typeof of === 'string' && !/^[0-9a-f-]{36}$/.test(of)) yield of
  else if (Array.isArray(of)) for (const part of of) yield* plain(part)
  else if (of && typeof of === 'object') for (const [name, part] of Object.entries(of)) if (name !== 'type') yield* plain(part)
}

function Why({ topic, id, field }: { topic: string; id: string; field: string }) {
  const words = useWords()
  const me = useMe()
  if (!me || !may(me.rights, `${topic}.explain`)) return null
  return (
    <DialogTrigger>
      <Button className="why" aria-label={words.item.why(humanised(field))}><CircleQuestionMark size={14} /></Button>
      <Popover className="popover" placement="left top">
        <Dialog aria-label={words.item.because}><Explained topic={topic} id={id} field={field} /></Dialog>
      </Popover>
    </DialogTrigger>
  )
}

function Explained({ topic, id, field }: { topic: string; id: string; field: string }) {
  const explained = useQuery({
    queryKey: [topic, 'explain', id, field],
    queryFn: ({ signal }) =>
      call(`${topic}.explain` as Operation, { path: { id }, query: { field }, signal }) as unknown as Promise<{ data: { changes: (Happened & { value: unknown })[] } }>,
  })
  if (explained.isError) return <Trouble error={explained.error} />
  return <><h2>{humanised(field)}</h2><Events of={explained.data?.data.changes.toReversed() ?? []} /></>
}
