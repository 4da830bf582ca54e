// The plain twin of the calendar: the appointments of some days, one under the other.
import { Badge, hueOf } from '../../kit/value'
import { useClock } from './clock'
import type { Appointment, Names } from './queries'
import { endOf, isOn, type Day } from './week'
import { useOpened } from './view'
import { useTexts } from './texts'

interface Props {
  days: Day[]
  today: Day
  appointments: Appointment[]
  names: Names
  choose: (id: string) => void
  /** Whether nobody and nothing can be had on a day. */
  isShut: (day: Day) => boolean
}

export function Agenda({ days, today, appointments, names, choose, isShut }: Props) {
  const texts = useTexts()
  const clock = useClock()
  const chosen = useOpened()
  return (
    <div className="agenda">
      {days.map((day) => {
        const on = appointments.filter((one) => isOn(one, day)).toSorted((one, other) => one.start.localeCompare(other.start))
        return (
          <section key={day} aria-labelledby={`agenda-${day}`}>
            <h2 id={`agenda-${day}`}>{clock.long(day)} {day === today && <span className="badge ok">{texts.today}</span>}</h2>
            {on.length === 0 && <p className="hint">{isShut(day) ? texts.shut : texts.nothing}</p>}
            <ul>
              {on.map((one) => (
                <li key={one.id}>
                  <a href={`/app/appointments/${one.id}`} className={`entry ${one.status}`} data-id={one.id} aria-current={one.id === chosen || undefined} style={{ '--hue': hueOf(one.resources[0] ?? '') } as React.CSSProperties} onClick={(event) => { if (event.metaKey || event.ctrlKey) return; event.preventDefault(); choose(one.id) }}>
                    <time dateTime={one.starts_at}>{one.start.startsWith(day) ? clock.time(one.start) : `–${clock.time(endOf(one))}`}</time>
                    <span><strong>{names.customer(one.customer) || texts.appointment}</strong><small>{[names.service(one.service), names.servedBy(one)].filter(Boolean).join(' · ')}</small></span>
                    <Badge of={one.status} />
                  </a>
                </li>
              ))}
            </ul>
          </section>
        )
      })}
    </div>
  )
}
