// What belongs to a thing, as a section of its page: the first rows of another list, and the way to all of them.
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { Row, Topic } from '../api/client'
import { may, useMe } from '../api/rights'
import { useTexts } from '../texts'
import { resourceOf } from './resource'
import { filtered, useRows } from './rows'
import { Skeleton, Trouble } from './states'
import { Badge } from './value'
import './related.css'

/** A box with a heading, and beside it what leads further. */
export function Section({ title, more, children }: { title: string; more?: ReactNode; children: ReactNode }) {
  return (
    <section className="section" aria-label={title}>
      <header><h2>{title}</h2>{more}</header>
      {children}
    </section>
  )
}

interface Props<T extends Topic> {
  topic: T
  /** By which fields the other list is narrowed to what belongs to the thing. */
  by: Record<string, string | undefined>
  title?: string
  sort?: string
  /** What each row is called here, if not by its title. */
  name?: (row: Row<T>) => ReactNode
  /** What is said of each row below that. */
  note?: (row: Row<T>) => ReactNode
  more?: ReactNode
  empty?: string
  /** Without rows it is not there at all. */
  quiet?: boolean
}

const SHOWN = 8

export function Related<T extends Topic>({ topic, by, title, sort, name, note, more, empty, quiet }: Props<T>) {
  const texts = useTexts()
  const me = useMe()
  const resource = resourceOf(topic)!
  const seen = me !== undefined && may(me.rights, `${topic}.list`)
  const { list, rows } = useRows(topic, { ...filtered(by), sort, limit: SHOWN }, seen)
  if (!seen || (quiet && rows.length === 0)) return null
  const all = <Link className="quiet-link" to={`/${resource.place}` as never} search={{ ...by, view: 'all' } as never}>{texts.list.all}</Link>
  return (
    <Section title={title ?? texts.places[topic] ?? topic} more={<>{more}{list.hasNextPage && all}</>}>
      {list.isPending && <Skeleton rows={2} />}
      {list.isError && <Trouble error={list.error} />}
      {list.isSuccess && rows.length === 0 && <p className="hint">{empty ?? texts.list.empty}</p>}
      <ul>
        {(rows as (Row<T> & { id: string; status?: unknown; standing?: unknown })[]).map((row) => (
          <li key={row.id}>
            <Link to={`/${resource.place}/${row.id}` as never}>
              <span><strong>{name ? name(row) : resource.title(row as never)}</strong>{note && <small>{note(row)}</small>}</span>
              {[row.status, row.standing].map((value) => typeof value === 'string' && <Badge key={value} of={value} />)}
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  )
}
