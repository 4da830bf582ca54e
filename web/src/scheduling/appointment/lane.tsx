// A lane of the calendar: the hours of a person or chair on a day, and the boxes of their appointments.
import { memo, type CSSProperties, type ReactNode } from 'react'
import { hueOf } from '../../kit/value'
import { humanised } from '../../words'
import { useClock } from './clock'
import type { Appointment, Bookable, Names, Service } from './queries'
import { DAY, gaps, lengthOf, minutesOf, open, sideBySide, type Day, type Span } from './week'
import { useWords } from './words'

/** Where something would land. */
export interface Landing {
  of: Appointment
  day: Day
  lane: string
  start: string
}

interface Props {
  day: Day
  of: Bookable
  appointments: Appointment[]
  names: Names
  hours: Span
  chosen?: string
  landing?: Landing
  moves: boolean
}

const NONE: Appointment[] = []

export const Lane = memo(function Lane({ day, of, appointments = NONE, names, hours: [from, until], chosen, landing, moves }: Props) {
  const words = useWords()
  const clock = useClock()
  const boxes = appointments.map((appointment) => {
    const begins = minutesOf(appointment.start)
    return { appointment, from: begins, until: Math.min(DAY, begins + Math.max(lengthOf(appointment), SHORTEST)) }
  })
  return (
    <div className="lane" role="group" aria-label={`${of.name ?? ''}, ${clock.long(day)}`} data-day={day} data-lane={of.id} data-kind={of.kind} style={{ '--hue': hueOf(of.id) } as CSSProperties}>
      {gaps(open(of.availability, day), from, until).map((span) => <i key={span[0]} className="shut" style={place(span)} />)}
      {sideBySide(boxes).map(({ appointment, from, until, column, columns }) => {
        const who = names.customer(appointment.customer) || (appointment.status === 'held' ? words.held : words.appointment)
        const service = names.service(appointment.service)
        const time = clock.time(appointment.start)
        return (
          <Box
            key={appointment.id}
            id={appointment.id}
            status={appointment.status}
            from={from}
            until={until}
            column={column}
            columns={columns}
            service={service}
            kind={of.kind}
            chosen={chosen === appointment.id}
            moving={landing?.of.id === appointment.id}
            moves={moves && (appointment.status === 'confirmed' || appointment.status === 'pending')}
            label={words.box(who, service?.name ?? '', `${time}–${clock.time(minutes(until))}`, of.name ?? '', humanised(appointment.status))}
          >
            <strong>{who}</strong>
            <span>{time} {service?.name}</span>
          </Box>
        )
      })}
      {landing && landing.lane === of.id && landing.day === day && (
        <i className="landing" style={place([minutesOf(landing.start), minutesOf(landing.start) + lengthOf(landing.of)])}>{clock.time(landing.start)}</i>
      )}
    </div>
  )
})

/** A box is never lower than its words. */
const SHORTEST = 15
const minutes = (of: number) => `1970-01-01T${String(Math.floor(of / 60) % 24).padStart(2, '0')}:${String(of % 60).padStart(2, '0')}`
const place = ([from, until]: Span) => ({ '--at': from, '--length': until - from }) as CSSProperties

interface BoxProps {
  id: string
  status: Appointment['status']
  from: number
  until: number
  column: number
  columns: number
  service?: Service
  kind: Bookable['kind']
  chosen: boolean
  moving: boolean
  moves: boolean
  label: string
  children: ReactNode
}

function Box({ id, status, from, until, column, columns, service, kind, chosen, moving, moves, label, children }: BoxProps) {
  const { buffer_before_minutes: before = 0, buffer_after_minutes: after = 0 } = service ?? {}
  return (
    <>
      {before > 0 && <i className="buffer" style={{ ...place([from - before, from]), ...beside(column, columns) }} />}
      <a
        href={`/app/appointments/${id}`}
        className={`box ${status}${until - from < 40 ? ' short' : ''}`}
        style={{ ...place([from, until]), ...beside(column, columns) }}
        draggable={moves}
        data-id={id}
        data-moving={moving || undefined}
        aria-current={chosen || undefined}
        aria-label={label}
        aria-describedby={moves ? 'how-to-move' : undefined}
        aria-keyshortcuts={moves ? 'M' : undefined}
      >
        {service && free(service, kind).map((span) => <i key={span[0]} className="free" style={place(span)} />)}
        {children}
      </a>
      {after > 0 && <i className="buffer" style={{ ...place([until, until + after]), ...beside(column, columns) }} />}
    </>
  )
}

const beside = (column: number, columns: number) => ({ '--column': column, '--columns': columns }) as CSSProperties

/** The phases of a service, counted from its start, in which one of this kind is free. */
function free({ phases }: Service, kind: Bookable['kind']): Span[] {
  let at = 0
  return phases.flatMap(({ minutes, needs }): Span[] => {
    const span: Span = [at, (at += minutes)]
    return needs?.includes(kind) ? [] : [span]
  })
}
