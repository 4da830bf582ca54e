// The arithmetic of the calendar, on wall-clock times as the API tells them: never through the
// browser's zone.

/** `2026-11-25`. */
export type Day = string

export interface Hours {
  weekly: { day: string; from: string; until: string }[]
  exceptions: unknown[]
  closed: unknown[]
}

const NAMES = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

const utc = (day: Day) => new Date(`${day}T00:00:00Z`)

export function addDays(day: Day, count: number): Day {
  const date = utc(day)
  date.setUTCDate(date.getUTCDate() + count)
  return date.toISOString().slice(0, 10)
}

export function mondayOf(day: Day): Day {
  return addDays(day, -((utc(day).getUTCDay() + 6) % 7))
}

/** The day that a moment is on in a zone. */
export function dayOf(moment: Date, zone: string): Day {
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' }).format(moment)
}

/** The moment at which a day begins in a zone, in UTC. */
export function utcOf(day: Day, zone: string): string {
  const guess = utc(day).getTime()
  const at = (time: number) => time - offset(time, zone)
  // A second look, for a change of clocks between the two.
  return new Date(at(at(guess) === guess ? guess : at(guess) + offset(at(guess), zone))).toISOString()
}

/** By how much a zone is ahead of UTC at a moment, in milliseconds. */
function offset(time: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit',
  }).formatToParts(time)
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value)
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second')) - Math.floor(time / 1000) * 1000
}

/** The minutes since midnight of a wall-clock time. */
export function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = (time.split('T').at(-1) ?? '').split(':').map(Number)
  return hours * 60 + minutes
}

/** A wall-clock time so many minutes later. */
export function stepped(start: string, minutes: number): string {
  const date = new Date(`${start}Z`)
  date.setUTCMinutes(date.getUTCMinutes() + minutes)
  return date.toISOString().slice(0, 19)
}

/** Where something lands that is let go at a minute of a day. */
export function landing(day: Day, minute: number, step: number): string {
  const rounded = Math.max(0, Math.min(24 * 60 - step, Math.round(minute / step) * step))
  return stepped(`${day}T00:00:00`, rounded)
}

/** The parts of a day, in minutes, outside the hours of every week. */
export function shut({ weekly }: Hours, day: Day, from: number, until: number): [number, number][] {
  const name = NAMES[utc(day).getUTCDay()]
  const open = weekly
    .filter((hours) => hours.day === name)
    .map((hours): [number, number] => [minutesOf(hours.from), minutesOf(hours.until)])
    .sort(([a], [b]) => a - b)
  const parts: [number, number][] = []
  let at = from * 60
  for (const [begins, ends] of open) {
    if (begins > at) parts.push([at, Math.min(begins, until * 60)])
    at = Math.max(at, ends)
  }
  if (at < until * 60) parts.push([at, until * 60])
  return parts
}
