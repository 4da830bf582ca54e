// The calendar's grid: a column for each day, in it a lane for each person or chair. Boxes move by
// drag, and by keyboard: M, arrows, Enter.
import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState, type CSSProperties, type DragEvent, type KeyboardEvent, type MouseEvent } from 'react'
import { keyOf, keysAreOn } from '../../kit/keys'
import { hueOf } from '../../kit/value'
import { useNow } from '../../kit/zone'
import { useReader } from '../../texts'
import { useClock } from './clock'
import { Lane, type Landing } from './lane'
import { services, type Appointment, type Bookable, type Names } from './queries'
import { slotsOf, type Slot } from './times'
import { addDays, DAY, isOn, landing as landingAt, lengthOf, minutesOf, open, spanOf, spansOf, stepped, wallClock, type Day, type Span } from './week'
import { useTexts } from './texts'

interface Props {
  days: Day[]
  today: Day
  lanes: Bookable[]
  appointments: Appointment[]
  names: Names
  choose: (id?: string) => void
  /** Nothing, if nothing may be moved. */
  move?: (of: Appointment, to: Pick<Appointment, 'start' | 'resources'>) => void
  /** Nothing, if nothing may be booked. */
  book?: (at: { lane: string; start: string }) => void
}

export function Grid({ days, today, lanes, appointments, names, choose, move, book }: Props) {
  const { texts: shared } = useReader()
  const texts = useTexts()
  const clock = useClock()
  const [place, setPlace] = useState<Omit<Landing, 'taken'>>()
  const landed = useRef<string>(undefined)
  const dragged = useRef<{ of: Appointment; lane: string; grip: number }>(undefined)
  const hours = useMemo(() => hoursOf(days, lanes, appointments), [days, lanes, appointments])
  const inLanes = useLanes(appointments)
  // Among several, those on which nobody works and nothing is booked are narrow.
  const shut = useMemo(() => {
    const isUsed = (day: Day) => lanes.some(({ availability }) => open(availability, day).length > 0) || appointments.some((one) => isOn(one, day))
    return new Set(days.length > 1 ? days.filter((day) => !isUsed(day)) : [])
  }, [days, lanes, appointments])
  // Where it may land is asked for as soon as something moves.
  const slots = useQuery({ ...slotsOf({ service: place?.of.service ?? '', moving: place?.of.id, first: days[0]!, days: days.length }), enabled: place !== undefined })
  // Not those of what was moved before.
  const offeredSlots = slots.isPlaceholderData ? undefined : slots.data
  const moved = place?.of
  const offered = useQuery(services).data
  const stepOf = ({ service }: Appointment) => offered?.find(({ id }) => id === service)?.step_minutes ?? 15
  const step = moved && stepOf(moved)
  const free = useMemo(() => freeOf(moved && offeredSlots, moved && lengthOf(moved), step), [moved, offeredSlots, step])
  const slotAt = (to: { start: string; lane: string }) => offeredSlots?.find(({ start, resources }) => start === to.start && resources.includes(to.lane))
  const landing = place && { ...place, taken: offeredSlots !== undefined && !slotAt(place) }
  const byId = (id?: string) => appointments.find((one) => one.id === id)

  /** Where a pointer is in the lane it is over. */
  const minuteAt = (event: MouseEvent, lane: Element, grip = 0) => {
    const { top, height } = lane.getBoundingClientRect()
    return hours[0] + ((event.clientY - grip - top) / height) * (hours[1] - hours[0])
  }
  const land = (to: Omit<Landing, 'taken'>, from: string) => {
    // With the chair that is free there; otherwise the business says what is in the way.
    const resources = slotAt(to)?.resources ?? to.of.resources.map((resource) => (resource === from ? to.lane : resource))
    setPlace(undefined)
    landed.current = to.of.id
    move?.(to.of, { start: to.start, resources })
  }
  // A box in another lane is another element: it gets the focus that the one before had.
  useEffect(() => {
    if (landed.current && document.activeElement === document.body) document.querySelector<HTMLElement>(`.box[data-id="${landed.current}"]`)?.focus()
  }, [appointments])
  // However wide the week is, today is in sight to begin with, or the first day on which somebody works.
  const grid = useRef<HTMLDivElement>(null)
  useEffect(() => { (grid.current?.querySelector('.day.today:not(.closed)') ?? grid.current?.querySelector('.day:not(.closed)'))?.scrollIntoView({ block: 'nearest', inline: 'nearest' }) }, [days[0]])
  const dragStart = (event: DragEvent) => {
    const box = boxOf(event)
    const of = byId(box?.dataset.id)
    if (!box || !of) return
    event.dataTransfer.setData('text/plain', names.customer(of.customer))
    event.dataTransfer.effectAllowed = 'move'
    dragged.current = { of, lane: laneOf(event)!.dataset.lane!, grip: event.clientY - box.getBoundingClientRect().top }
  }
  const dragOver = (event: DragEvent) => {
    const lane = laneOf(event)
    const held = dragged.current
    if (!held || !lane || names.resource(held.lane)?.kind !== lane.dataset.kind) return
    event.preventDefault()
    const { day = '', lane: id = '' } = lane.dataset
    const start = landingAt(day, minuteAt(event, lane, held.grip), stepOf(held.of))
    if (place?.start !== start || place.lane !== id) setPlace({ of: held.of, day, lane: id, start })
  }
  const dragEnd = () => {
    dragged.current = undefined
    setPlace(undefined)
  }
  const clicked = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey) return
    const box = boxOf(event)
    const lane = laneOf(event)
    if (box) {
      event.preventDefault()
      choose(box.dataset.id)
    } else if (lane && document.querySelector('.chosen')) choose(undefined)
    else if (lane && book) book({ lane: lane.dataset.lane!, start: landingAt(lane.dataset.day!, Math.floor(minuteAt(event, lane) / 15) * 15, 15) })
  }
  const pressed = (event: KeyboardEvent) => {
    const box = boxOf(event)
    const of = byId(box?.dataset.id)
    if (!move || !box?.draggable || !of) return
    const lane = laneOf(event)!.dataset.lane!
    const moving = place?.of.id === of.id ? place : undefined
    if (keyOf(event.nativeEvent) === 'm' && keysAreOn() && !moving) setPlace({ of, day: of.start.slice(0, 10), lane, start: of.start })
    else if (!moving) return
    else if (event.key === 'Escape') setPlace(undefined)
    else if (event.key === 'Enter') land(moving, lane)
    else if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
      const start = stepped(moving.start, event.key === 'ArrowUp' ? -stepOf(of) : stepOf(of))
      if (days.includes(start.slice(0, 10))) setPlace({ ...moving, start, day: start.slice(0, 10) })
    } else if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
      const kind = names.resource(lane)?.kind
      const places = days.flatMap((day) => lanes.filter((one) => one.kind === kind).map(({ id }) => ({ day, lane: id })))
      const now = places.findIndex((one) => one.day === moving.day && one.lane === moving.lane)
      const to = places[now + (event.key === 'ArrowLeft' ? -1 : 1)]
      if (to) setPlace({ ...moving, ...to, start: `${to.day}${moving.start.slice(10)}` })
    } else return
    event.preventDefault()
    event.stopPropagation()
  }

  return (
    <div
      className="grid"
      ref={grid}
      role="group"
      aria-label={shared.places.calendar}
      tabIndex={0}
      style={{ '--from': hours[0], '--hours': (hours[1] - hours[0]) / 60, '--lanes': lanes.length, gridTemplateColumns: ['var(--clock)', ...days.map((day) => (shut.has(day) ? 'var(--closed)' : 'var(--day)'))].join(' ') } as CSSProperties}
      onClick={clicked}
      onKeyDown={pressed}
      onBlur={() => dragged.current || setPlace(undefined)}
      onDragStart={dragStart}
      onDragOver={dragOver}
      onDragEnd={dragEnd}
      onDrop={(event) => { event.preventDefault(); if (place && dragged.current) land(place, dragged.current.lane) }}
    >
      <div className="clock" aria-hidden="true">
        {Array.from({ length: (hours[1] - hours[0]) / 60 }, (_, at) => <span key={at}>{clock.time(`1970-01-01T${String(hours[0] / 60 + at).padStart(2, '0')}:00`)}</span>)}
      </div>
      {days.map((day) => (
        <section key={day} className={['day', day === today && 'today', shut.has(day) && 'closed'].filter(Boolean).join(' ')} aria-label={clock.long(day)}>
          <header>
            <h2><span>{clock.head(day)}</span></h2>
            {shut.has(day) && <small className="hint">{texts.shut}</small>}
            {lanes.map(({ id, name }) => <span key={id} className="whose" style={{ '--hue': hueOf(id) } as CSSProperties}>{name}</span>)}
          </header>
          <div className="lanes">
            {lanes.map((lane) => {
              const key = `${lane.id} ${day}`
              const mine = inLanes.get(key) ?? NONE
              return (
                <Lane
                  key={lane.id} day={day} of={lane} appointments={mine} names={names} hours={hours} moves={!!move} free={free.get(key) ?? NOWHERE}
                  landing={landing?.lane === lane.id && landing.day === day ? landing : undefined}
                  moving={mine.find(({ id }) => id === place?.of.id)?.id}
                />
              )
            })}
            {day === today && <Now zone={lanes[0]?.availability.zone} hours={hours} />}
          </div>
        </section>
      ))}
      <p id="how-to-move" className="visually-hidden">{texts.howToMove}</p>
      <p className="visually-hidden" role="status">{landing && [names.resource(landing.lane)?.name, clock.moment(landing.start), landing.taken && texts.notFree].filter(Boolean).join(', ')}</p>
    </div>
  )
}

const NONE: Appointment[] = []
const NOWHERE: Span[] = []
const boxOf = ({ target }: { target: EventTarget }) => (target as Element).closest<HTMLElement>('.box')
const laneOf = ({ target }: { target: EventTarget }) => (target as Element).closest<HTMLElement>('.lane')

/** The day on which something begins, and the next one, if it goes on after midnight. */
function daysOf(of: Appointment): Day[] {
  const day = of.start.slice(0, 10)
  return [day, addDays(day, 1)].filter((day) => isOn(of, day))
}

/** Those of each lane of each day. A lane in which nothing changed keeps its array, and is not drawn anew. */
function useLanes(appointments: Appointment[]) {
  const before = useRef<ReadonlyMap<string, Appointment[]>>(new Map())
  return useMemo((): ReadonlyMap<string, Appointment[]> => {
    const pairs = appointments.flatMap((of) => daysOf(of).flatMap((day) => of.resources.map((lane) => [`${lane} ${day}`, of] as const)))
    const lanes = new Map([...Map.groupBy(pairs, ([key]) => key)].map(([key, found]) => {
      const now = found.map(([, of]) => of)
      const previous = before.current.get(key) ?? NONE
      return [key, previous.length === now.length && previous.every((one, at) => one === now[at]) ? previous : now] as const
    }))
    before.current = lanes
    return lanes
  }, [appointments])
}

/** Where something of a length may be, by lane and day. Slots are told by the first of what they take. */
function freeOf(slots: Slot[] = [], length = 0, step = 15) {
  const lanes = Map.groupBy(slots, ({ start, resources }) => `${resources[0]} ${start.slice(0, 10)}`)
  return new Map([...lanes].map(([key, found]) => [key, spansOf(found.map(({ start }) => minutesOf(start)), step, length)]))
}

/** The line of the present moment, while it is among the hours. */
function Now({ zone, hours: [from, until] }: { zone?: string; hours: Span }) {
  const { businessZone } = useReader()
  const minute = minutesOf(wallClock(useNow(), zone ?? businessZone))
  return minute >= from && minute <= until && <i className="now" style={{ '--at': minute } as CSSProperties} />
}

/** From the hour before anybody is there to the one after the last is gone, in minutes. */
function hoursOf(days: Day[], lanes: Bookable[], appointments: Appointment[]): Span {
  const spans = [
    ...days.flatMap((day) => lanes.flatMap(({ availability }) => open(availability, day))),
    ...days.flatMap((day) => appointments.filter((one) => isOn(one, day)).map((one) => spanOf(one, day))),
  ]
  if (spans.length === 0) return [8 * 60, 20 * 60]
  const hour = (minute: number) => Math.max(0, Math.min(DAY, minute * 60))
  return [hour(Math.floor(Math.min(...spans.map(([from]) => from)) / 60) - 1), hour(Math.ceil(Math.max(...spans.map(([, until]) => until)) / 60) + 1)]
}
