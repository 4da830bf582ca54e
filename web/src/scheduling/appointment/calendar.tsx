// The week: a column for each day, in it a lane for each person. Appointments are links; they move by
// drag, and by keyboard (M, arrows, Enter).
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { ChevronLeft, ChevronRight, Plus } from 'lucide-react'
import { useState, type DragEvent } from 'react'
import { Button } from 'react-aria-components'
import { call, type Row } from '../../api/client'
import { Problem } from '../../api/problem'
import { may, useMe } from '../../api/rights'
import { Command } from '../../kit/command'
import { Top } from '../../kit/shell'
import { Heading, Skeleton, Trouble } from '../../kit/states'
import { toast } from '../../kit/toast'
import { hueOf } from '../../kit/value'
import { humanised, useReader } from '../../words'
import { addDays, dayOf, landing, minutesOf, mondayOf, gaps, open, stepped, utcOf } from './week'
import './calendar.css'

type Appointment = Row<'scheduling.appointment'>

const FROM = 8
const UNTIL = 21
const ALL = 200

export function Calendar() {
  const { words, locale, zone } = useReader()
  const me = useMe()
  const navigate = useNavigate()
  const { day } = useSearch({ strict: false }) as { day?: string }
  const [booking, setBooking] = useState(false)
  const today = dayOf(new Date(), zone)
  const monday = mondayOf(day ?? today)
  const days = Array.from({ length: 7 }, (_, at) => addDays(monday, at))
  const range = `${utcOf(monday, zone)}..${utcOf(addDays(monday, 7), zone)}`
  const appointments = useQuery({
    queryKey: ['scheduling.appointment', 'week', range],
    queryFn: ({ signal }) => call('scheduling.appointment.list', { query: { 'filter[starts_at]': range, limit: ALL }, signal }),
    placeholderData: keepPreviousData,
  })
  const lanes = useQuery({
    queryKey: ['scheduling.resource', 'lanes'],
    queryFn: ({ signal }) => call('scheduling.resource.list', { query: { 'filter[kind]': 'person', 'filter[status]': 'in_use', limit: ALL }, signal }),
  })
  const services = useQuery({
    queryKey: ['scheduling.service', 'all'],
    queryFn: ({ signal }) => call('scheduling.service.list', { query: { limit: ALL }, signal }),
  })
  const customers = useQuery({
    queryKey: ['crm.customer', 'names'],
    queryFn: ({ signal }) => call('crm.customer.list', { query: { limit: ALL }, signal }),
  })
  const move = useMove()
  const names = new Map(customers.data?.data.map((row) => [row.id, row.display_name ?? words.item.erased]))
  const called = new Map(services.data?.data.map((row) => [row.id, row]))
  const people = lanes.data?.data ?? []
  const shown = (appointments.data?.data ?? []).filter(({ status }) => status !== 'cancelled' && status !== 'declined')
  const go = (to: string) => navigate({ to: '/calendar', search: { day: to } } as never)
  const month = new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(new Date(`${monday}T00:00Z`))
  const label = new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', timeZone: 'UTC' })
  const changes = me ? may(me.rights, 'scheduling.appointment.reschedule') : false
  const drop = (event: DragEvent, day: string, person: string) => {
    event.preventDefault()
    const [id, from, grip] = event.dataTransfer.getData('text/plain').split(' ')
    const found = shown.find((appointment) => appointment.id === id)
    if (!found) return
    const lane = event.currentTarget.getBoundingClientRect()
    const minute = ((event.clientY - Number(grip) - lane.top) / lane.height) * (UNTIL - FROM) * 60 + FROM * 60
    const resources = found.resources.map((resource) => (resource === from ? person : resource))
    void move(found, { start: landing(day, minute, step(found)), resources })
  }
  const step = ({ service }: Appointment) => called.get(service)?.step_minutes ?? 15
  return (
    <>
      <Top>
        <div className="crumbs"><Heading>{month}</Heading></div>
        <Button className="button" aria-label={words.calendar.before} onPress={() => go(addDays(monday, -7))}><ChevronLeft size={16} /></Button>
        <Button className="button" onPress={() => go(today)}>{words.calendar.today}</Button>
        <Button className="button" aria-label={words.calendar.after} onPress={() => go(addDays(monday, 7))}><ChevronRight size={16} /></Button>
        <span className="grow" />
        {me && may(me.rights, 'scheduling.appointment.book') && <Button className="button first" onPress={() => setBooking(true)}><Plus size={16} /> {words.calendar.book}</Button>}
      </Top>
      {appointments.isError && <div className="page"><Trouble error={appointments.error} retry={() => void appointments.refetch()} /></div>}
      {lanes.isError && <div className="page"><Trouble error={lanes.error} retry={() => void lanes.refetch()} /></div>}
      {(appointments.isPending || lanes.isPending) && <div className="page"><Skeleton /></div>}
      {appointments.isSuccess && lanes.isSuccess && (
        <div className="scroll">
          <div className="week" style={{ '--hours': UNTIL - FROM, '--lanes': Math.max(people.length, 1) } as React.CSSProperties}>
            <div className="hours" aria-hidden="true">{Array.from({ length: UNTIL - FROM }, (_, at) => <span key={at}>{`${FROM + at}:00`}</span>)}</div>
            {days.map((date) => (
              <section key={date} aria-label={label.format(new Date(`${date}T00:00Z`))} className={date === today ? 'day today' : 'day'}>
                <h2><span>{label.format(new Date(`${date}T00:00Z`))}</span></h2>
                {people.map((person) => (
                  <div key={person.id} className="lane" role="group" aria-label={person.name ?? words.item.erased}>
                    <h3><span className="person" style={{ '--hue': hueOf(person.id) } as React.CSSProperties} />{(person.name ?? words.item.erased).split(' ')[0]}</h3>
                    <div className="grid" onDragOver={(event) => event.preventDefault()} onDrop={(event) => drop(event, date, person.id)}>
                      {gaps(open(person.availability as never, date), FROM * 60, UNTIL * 60).map(([from, until]) => <i key={from} className="shut" style={place(from, until)} />)}
                      {shown.filter((appointment) => appointment.start.startsWith(date) && appointment.resources.includes(person.id)).map((appointment) => (
                        <Box
                          key={appointment.id}
                          of={appointment}
                          who={names.get(appointment.customer ?? '') ?? words.item.erased}
                          what={called.get(appointment.service)?.name ?? ''}
                          person={person.id}
                          move={changes ? (start) => void move(appointment, { start, resources: appointment.resources }) : undefined}
                          step={step(appointment)}
                        />
                      ))}
                    </div>
                  </div>
                ))}
              </section>
            ))}
          </div>
          {shown.length === 0 && <p className="page">{words.calendar.none}</p>}
        </div>
      )}
      {booking && <Command name="scheduling.appointment.book" close={() => setBooking(false)} done={(id) => void navigate({ to: `/appointments/${id}` } as never)} />}
    </>
  )
}

const place = (from: number, until: number) => ({ '--from': from - FROM * 60, '--length': until - from }) as React.CSSProperties

interface BoxProps {
  of: Appointment
  who: string
  what: string
  person: string
  /** Moves it to a start; nothing, if that may not be done. */
  move?: (start: string) => void
  step: number
}

function Box({ of, who, what, person, move, step }: BoxProps) {
  const from = minutesOf(of.start)
  const [moving, setMoving] = useState<string>()
  const at = moving ?? of.start
  const length = (Date.parse(of.ends_at) - Date.parse(of.starts_at)) / 60_000
  const pressed = (event: React.KeyboardEvent) => {
    if (!move) return
    const by = { ArrowUp: -step, ArrowDown: step, ArrowLeft: -1_440, ArrowRight: 1_440 }[event.key]
    if (event.key === 'm') setMoving(of.start)
    else if (moving && event.key === 'Escape') setMoving(undefined)
    else if (moving && event.key === 'Enter') { move(moving); setMoving(undefined) }
    else if (moving && by) setMoving(stepped(moving, by))
    else return
    event.preventDefault()
  }
  return (
    <Link
      to={`/appointments/${of.id}` as never}
      className={`box ${of.status}${length < 40 ? ' short' : ''}`}
      draggable={!!move}
      data-moving={moving ? true : undefined}
      onKeyDown={pressed}
      onDragStart={(event: React.DragEvent) => event.dataTransfer.setData('text/plain', `${of.id} ${person} ${event.clientY - event.currentTarget.getBoundingClientRect().top}`)}
      style={{ ...place(moving ? minutesOf(at) : from, (moving ? minutesOf(at) : from) + length), '--hue': hueOf(person) } as React.CSSProperties}
      aria-label={`${who}, ${what}, ${at.replace('T', ' ').slice(0, 16)}, ${humanised(of.status)}`}
      aria-keyshortcuts={move ? 'M' : undefined}
    >
      <strong>{who}</strong>
      <span>{at.slice(11, 16)} {what}</span>
    </Link>
  )
}

type Place = Pick<Appointment, 'start' | 'resources'>

/** Moves an appointment at once, and back where the business says no. */
function useMove() {
  const { words } = useReader()
  const queries = useQueryClient()
  return async function move(appointment: Appointment, to: Place) {
    const { start, resources } = appointment
    const stays = start === to.start && resources.join() === to.resources.join()
    if (stays) return
    type Week = { data: Appointment[] }
    queries.setQueriesData<Week>({ queryKey: ['scheduling.appointment', 'week'] }, (week) =>
      week && { ...week, data: week.data.map((row) => (row.id === appointment.id ? { ...row, ...to } : row)) },
    )
    try {
      await call('scheduling.appointment.reschedule', { path: { id: appointment.id }, body: to })
      toast(words.act.done(humanised('reschedule')), { undo: () => void move({ ...appointment, ...to }, { start, resources }) })
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      toast(error.rule ? `${error.detail} (${words.problem.rule(error.rule)})` : error.detail, { bad: true })
    } finally {
      await queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] === 'scheduling.appointment' })
    }
  }
}
