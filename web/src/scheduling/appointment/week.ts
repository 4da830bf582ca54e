// The arithmetic of the calendar, on wall-clock times as the API tells them: never through the
// browser's zone.
import { addDays, wallClock, type Day } from '../../kit/zone'
import { WEEKDAYS } from '../../texts/weekday'

export { addDays, rangeOf, wallClock, type Day } from '../../kit/zone'

/** From and until, in minutes since midnight. */
export type Span = [from: number, until: number]

interface Hours {
  from: string
  until: string
}

export interface Availability {
  zone: string
  weekly: (Hours & { day: string })[]
  exceptions: { date: Day; hours?: Hours[] }[]
  /** In UTC. */
  closed: Hours[]
}

export const DAY = 24 * 60

const weekday = (day: Day) => (noonOf(day).getUTCDay() + 6) % 7

export const mondayOf = (day: Day): Day => addDays(day, -weekday(day))
export const daysFrom = (day: Day, count: number): Day[] => Array.from({ length: count }, (_, at) => addDays(day, at))
/** A moment of a day that no zone takes to another one, to write its date. */
export const noonOf = (day: Day) => new Date(`${day}T12:00:00Z`)

/** The minutes since midnight of a wall-clock time. */
export function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = (time.split('T').at(-1) ?? '').split(':').map(Number)
  return hours * 60 + minutes
}

/** How long something takes, in minutes. */
export const lengthOf = ({ starts_at, ends_at }: { starts_at: string; ends_at: string }) => (Date.parse(ends_at) - Date.parse(starts_at)) / 60_000

/** When it is over by the clock on the wall, which on two nights of the year is changed meanwhile. */
export const endOf = ({ ends_at, zone }: { ends_at: string; zone: string }) => wallClock(new Date(ends_at), zone)

interface Lasting {
  start: string
  starts_at: string
  ends_at: string
  zone: string
}

/** From when until when something is on a day, by the clock on the wall, which may be changed meanwhile; what began the day before goes on from midnight. */
export function spanOf({ start, starts_at, ends_at, zone }: Lasting, day: Day): Span {
  const wall = (moment: string) => Date.parse(`${wallClock(new Date(moment), zone)}Z`)
  const begins = minutesOf(start) + (Date.parse(start.slice(0, 10)) - Date.parse(day)) / 60_000
  const within = (minute: number) => Math.max(0, Math.min(DAY, minute))
  return [within(begins), within(begins + Math.max(0, wall(ends_at) - wall(starts_at)) / 60_000)]
}

/** Whether something begins on a day, or before it and is not over when the day begins. */
export const isOn = (of: Lasting, day: Day) => of.start.startsWith(day) || (of.start < day && spanOf(of, day)[1] > 0)

interface Taking {
  starts_at: string
  stretches: { resource: string; from: string; until: string; kind: 'phase' | 'buffer' }[]
}

/** What an appointment takes of one of its resources, in minutes from its start. */
export function takenOf({ starts_at, stretches }: Taking, resource: string): { phases: Span[]; buffers: Span[] } {
  const minute = (at: string) => (Date.parse(at) - Date.parse(starts_at)) / 60_000
  const spans = (kind: string) => stretches.filter((one) => one.resource === resource && one.kind === kind).map(({ from, until }): Span => [minute(from), minute(until)])
  return { phases: spans('phase'), buffers: spans('buffer') }
}

/** Starts that follow each other step by step, as the spans in which something of a length can be. */
export function spansOf(starts: number[], step: number, length: number): Span[] {
  return starts.toSorted((one, other) => one - other).reduce<Span[]>((spans, start) => {
    const last = spans.at(-1)
    if (!last || start > last[1] - length + step) return [...spans, [start, start + length]]
    return [...spans.slice(0, -1), [last[0], start + length]]
  }, [])
}

/** A wall-clock time so many minutes later. */
export function stepped(start: string, minutes: number): string {
  const date = new Date(`${start}Z`)
  date.setUTCMinutes(date.getUTCMinutes() + minutes)
  return date.toISOString().slice(0, 19)
}

/** Where something lands that is let go at a minute of a day. */
export function landing(day: Day, minute: number, step: number): string {
  const rounded = Math.max(0, Math.min(DAY - step, Math.round(minute / step) * step))
  return stepped(`${day}T00:00:00`, rounded)
}

/** When something can be had on a day: its hours of that day, without what is closed. */
export function open({ zone, weekly, exceptions, closed }: Availability, day: Day): Span[] {
  const hours = (date: Day): Span[] => {
    const own = exceptions.find((exception) => exception.date === date)
    const found = own ? (own.hours ?? []) : weekly.filter((opening) => opening.day === WEEKDAYS[weekday(date)])
    return found.map(({ from, until }) => [minutesOf(from), minutesOf(until)])
  }
  // Hours that do not end after they begin reach into the next day.
  const today = hours(day).map(([from, until]): Span => [from, until > from ? until : DAY])
  const yesterday = hours(addDays(day, -1)).filter(([from, until]) => until <= from && until > 0).map(([, until]): Span => [0, until])
  const ends = closed.map(({ from, until }): Span => [minuteOn(day, from, zone), minuteOn(day, until, zone)])
  return ends.reduce(without, [...yesterday, ...today].sort(([one], [other]) => one - other))
}

/** The minute of a day at which a moment is: 0 if it was before, the end if it comes after. */
function minuteOn(day: Day, moment: string, zone: string): number {
  const clock = wallClock(new Date(moment), zone)
  const date = clock.slice(0, 10)
  return date < day ? 0 : date > day ? DAY : minutesOf(clock)
}

const without = (spans: Span[], [from, until]: Span): Span[] =>
  spans.flatMap(([begins, ends]): Span[] => [[begins, Math.min(ends, from)], [Math.max(begins, until), ends]].filter(([one = 0, other = 0]) => one < other) as Span[])

/** What is left of a day beside some spans of it. */
export function gaps(spans: Span[], from: number, until: number): Span[] {
  return spans.reduce(without, [[from, until]])
}

/** Boxes that overlap stand side by side: the column of each, and how many there are. */
export function sideBySide<B extends { from: number; until: number }>(boxes: B[]): (B & { column: number; columns: number })[] {
  const placed: (B & { column: number; columns: number })[] = []
  let group: typeof placed = []
  let end = 0
  for (const box of boxes.toSorted((one, other) => one.from - other.from || other.until - one.until)) {
    if (box.from >= end) group = []
    const free = (column: number) => group.every((other) => other.column !== column || other.until <= box.from)
    let column = 0
    while (!free(column)) column++
    const one = { ...box, column, columns: 1 }
    group.push(one)
    placed.push(one)
    end = Math.max(group.length === 1 ? 0 : end, box.until)
    const columns = Math.max(...group.map((other) => other.column)) + 1
    for (const other of group) other.columns = columns
  }
  return placed
}
