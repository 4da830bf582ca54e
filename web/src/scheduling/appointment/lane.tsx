// A lane of the calendar: the hours of a person or chair on a day, and the boxes of their appointments.
import { memo, type CSSProperties } from 'react'
import { hueOf } from '../../kit/value'
import { humanised } from '../../texts'
import { useClock } from './clock'
import type { Appointment, Bookable, Names } from './queries'
import { useOpen } from './view'
import { DAY, endOf, gaps, lengthOf, minutesOf, open, sideBySide, spanOf, takenOf, type Day, type Span } from './week'
import { useTexts } from './texts'

/** Where something would land. */
export interface Landing {
  of: Appointment
  day: Day
  lane: string
  start: string
  /** Whether it is known that it may not. */
  taken: boolean
}

interface Props {
  day: Day
  of: Bookable
  appointments: Appointment[]
  names: Names
  hours: Span
  /** Where what is moved may be. */
  free: Span[]
  landing?: Landing
  /** What is moved, if it is here. */
  moving?: string
  moves: boolean
}

export const Lane = memo(function Lane({ day, of, hours: [from, until], free, landing, ...boxes }: Props) {
  const clock = useClock()
  return (
    <div className="lane" role="group" aria-label={`${of.name ?? ''}, ${clock.long(day)}`} data-day={day} data-lane={of.id} data-kind={of.kind} style={{ '--hue': hueOf(of.id) } as CSSProperties}>
      {gaps(open(of.availability, day), from, until).map((span) => <i key={span[0]} className="shut" style={place(span)} />)}
      <Boxes day={day} of={of} {...boxes} />
      {free.map((span) => <i key={span[0]} className="fits" style={place(span)} />)}
      {landing && <i className="landing" data-taken={landing.taken || undefined} style={place([minutesOf(landing.start), minutesOf(landing.start) + lengthOf(landing.of)])}>{clock.time(landing.start)}</i>}
    </div>
  )
})

/** A box is never lower than its text. */
const SHORTEST = 15
/** Below this its text stands in one line. */
const SHORT = 40

/** Apart, so that what moves over them draws none of them anew. */
const Boxes = memo(function Boxes({ day, of, appointments, names, moving, moves }: Pick<Props, 'day' | 'of' | 'appointments' | 'names' | 'moving' | 'moves'>) {
  const texts = useTexts()
  const clock = useClock()
  const opened = useOpen(appointments)
  const boxes = appointments.map((appointment) => {
    const [from, until] = spanOf(appointment, day)
    return { appointment, from, until: Math.min(DAY, Math.max(until, from + SHORTEST)) }
  })
  return sideBySide(boxes).map(({ appointment, from, until, column, columns }) => {
    const { id, status } = appointment
    const who = names.customer(appointment.customer) || (status === 'held' ? texts.held : texts.appointment)
    const service = names.service(appointment.service)
    // What began the day before says when it ends, and is moved where it begins.
    const begins = appointment.start.startsWith(day)
    const end = clock.time(endOf(appointment))
    const time = begins ? clock.time(appointment.start) : `–${end}`
    const short = until - from < SHORT
    const can = moves && begins && (status === 'confirmed' || status === 'pending')
    const { phases, buffers } = takenOf(appointment, of.id)
    const before = begins ? 0 : DAY - minutesOf(appointment.start)
    const within = (spans: Span[], until: number) => spans.map(([one, other]): Span => [Math.max(0, one - before), Math.min(until, other - before)]).filter(([one, other]) => one < other)
    const beside = { '--column': column, '--columns': columns } as CSSProperties
    return [
      ...within(buffers, DAY - from).map(([one, other]) => <i key={`${id} ${one}`} className="buffer" style={{ ...place([from + one, from + other]), ...beside }} />),
      <a
        key={id}
        href={`/app/appointments/${id}`}
        className={`box ${status}${short ? ' short' : ''}`}
        style={{ ...place([from, until]), ...beside }}
        draggable={can}
        data-id={id}
        data-moving={moving === id || undefined}
        aria-current={opened === id || undefined}
        aria-label={texts.box(who, service, `${clock.time(appointment.start)}–${end}`, of.name ?? '', humanised(status))}
        aria-describedby={can ? 'how-to-move' : undefined}
        aria-keyshortcuts={can ? 'M' : undefined}
      >
        {within(gaps(phases, 0, lengthOf(appointment)), until - from).map((span) => <i key={span[0]} className="free" style={place(span)} />)}
        {short && `${time} `}<strong>{who}</strong>{short ? ' ' : `\n${time} `}{service}
      </a>,
    ]
  })
})

const place = ([from, until]: Span) => ({ '--at': from, '--length': until - from }) as CSSProperties
