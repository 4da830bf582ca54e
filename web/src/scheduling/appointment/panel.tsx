// The chosen appointment beside the calendar: what it is, what can be done, who comes, and what was noted.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { X } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { Button } from 'react-aria-components'
import { call } from '../../api/client'
import { may, useMe } from '../../api/rights'
import { useKeys } from '../../kit/keys'
import { useNameOf } from '../../kit/names'
import { one, type Standing } from '../../kit/one'
import { contact } from '../../kit/phone'
import { Skeleton, Trouble } from '../../kit/states'
import { Avatar, Badge } from '../../kit/value'
import { humanised, useFormats } from '../../texts'
import { ActButtons } from './act-buttons'
import { useClock } from './clock'
import { customerOf, notesOf, visitsOf, type Appointment } from './queries'
import { endOf, lengthOf } from './week'
import { useTexts } from './texts'
import './chosen.css'
import './entry.css'

interface Props {
  id: string
  close: () => void
  /** Whether it is in a grid, where boxes move. */
  grid: boolean
}

export function Chosen({ id, close, grid }: Props) {
  const texts = useTexts()
  const panel = useRef<HTMLElement>(null)
  const found = useQuery(one('scheduling.appointment', id))
  useEffect(() => panel.current?.focus(), [])
  useKeys({ Escape: close })
  return (
    <aside className="chosen" aria-label={texts.appointment} ref={panel} tabIndex={-1}>
      <Button className="button quiet close" aria-label={texts.close} onPress={close}><X size={16} /></Button>
      {found.isPending && <Skeleton />}
      {found.isError && <Trouble error={found.error} retry={() => void found.refetch()} />}
      {found.data && <Facts of={found.data.data} acts={found.data.meta.acts} grid={grid} />}
    </aside>
  )
}

function Facts({ of, acts = {}, grid }: { of: Appointment; acts?: Standing; grid: boolean }) {
  const texts = useTexts()
  const clock = useClock()
  const nameOf = useNameOf()
  const formats = useFormats()
  const me = useMe()
  const who = nameOf(of.customer) ?? texts.appointment
  return (
    <>
      <header>
        {of.customer && <Avatar id={of.customer} name={who} large />}
        <div>
          <h2><Link to={`/appointments/${of.id}` as never}>{who}</Link></h2>
          <Badge of={of.status} />
        </div>
      </header>
      <ActButtons of={of} acts={acts} box={() => (grid ? document.querySelector<HTMLElement>(`.box[data-id="${of.id}"]`) : null)} />
      <dl className="facts">
        <div><dt>{texts.when}</dt><dd>{clock.long(of.start.slice(0, 10))}<br />{clock.time(of.start)}–{clock.time(endOf(of))} · {texts.minutes(lengthOf(of))}</dd></div>
        <div><dt>{texts.service}</dt><dd>{nameOf(of.service)}</dd></div>
        <div><dt>{texts.with}</dt><dd>{of.resources.map(nameOf).filter(Boolean).join(', ')}</dd></div>
        {of.party_size > 1 && <div><dt>{texts.party}</dt><dd>{of.party_size}</dd></div>}
        {of.reason && <div><dt>{texts.reason}</dt><dd>{of.reason}</dd></div>}
        {(of.status === 'pending' || of.status === 'confirmed') && <div><dt>{texts.changeable}</dt><dd>{formats.moment(of.changeable_until)}</dd></div>}
      </dl>
      {of.customer && me && may(me.rights, 'crm.customer.find') && <CustomerCard id={of.customer} except={of.id} />}
      <Notes of={of.id} />
    </>
  )
}

/** The same on a page of its own, whose facts stand beside it. */
export function Visit({ row }: { row: Appointment }) {
  const me = useMe()
  return (
    <div className="visit">
      {row.customer && me && may(me.rights, 'crm.customer.find') && <CustomerCard id={row.customer} except={row.id} />}
      <Notes of={row.id} />
    </div>
  )
}

function CustomerCard({ id, except }: { id: string; except: string }) {
  const texts = useTexts()
  const clock = useClock()
  const nameOf = useNameOf()
  const customer = useQuery(customerOf(id))
  const visits = useQuery(visitsOf(id))
  if (!customer.data) return null
  return (
    <section className="card" aria-labelledby="comes">
      <h2 id="comes"><Link className="reference" to={`/customers/${id}` as never}>{texts.customer}</Link></h2>
      <ul>
        {customer.data.contact_points.map(({ key, kind, value }) => <li key={key}><a className="reference" href={kind === 'email' ? `mailto:${value}` : `tel:${value}`}>{contact({ kind, value })}</a></li>)}
      </ul>
      <h3>{texts.visits}</h3>
      <ul className="visits">
        {visits.data?.filter((visit) => visit.id !== except).slice(0, 3).map((visit) => (
          <li key={visit.id}><span>{clock.date(visit.start.slice(0, 10))} · {nameOf(visit.service)}</span> <Badge of={visit.status} /></li>
        ))}
        {visits.data && visits.data.length < 2 && <li className="hint">{texts.first}</li>}
      </ul>
    </section>
  )
}

function Notes({ of }: { of: string }) {
  const texts = useTexts()
  const formats = useFormats()
  const me = useMe()
  const queries = useQueryClient()
  const [text, setText] = useState('')
  const notes = useQuery(notesOf(of))
  const staff = me !== undefined && may(me.rights, 'scheduling.appointment.add_internal_note')
  const write = useMutation({
    mutationFn: () => call(staff ? 'scheduling.appointment.add_internal_note' : 'scheduling.appointment.add_customer_note', { path: { id: of }, body: { text } }),
    onSuccess: () => {
      setText('')
      return queries.invalidateQueries(notesOf(of))
    },
  })
  return (
    <section className="card" aria-labelledby="notes">
      <h2 id="notes">{texts.notes}</h2>
      {notes.data?.map((note) => (
        <p key={note.key} className={`note ${note.visibility}`}>{note.text} <small>{humanised(note.visibility)} · {formats.ago(note.at)}</small></p>
      ))}
      <form className="field" onSubmit={(event) => { event.preventDefault(); write.mutate() }}>
        <textarea aria-label={texts.note} placeholder={texts.note} value={text} rows={2} onChange={(event) => setText(event.target.value)} />
        {write.error && <span className="fault" role="alert">{write.error.message}</span>}
        {text.trim() && <Button type="submit" className="button" isDisabled={write.isPending}>{texts.keep}</Button>}
      </form>
    </section>
  )
}
