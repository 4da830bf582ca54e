// Days and times by the clock on the wall of a zone: that of the business for what is counted by days, that of the
// reader for what is told. Never that of the browser.
import { useSyncExternalStore } from 'react'
import { useReader } from '../texts'
import { kept } from '../texts/kept'

/** `2026-11-25`. */
export type Day = string

const DAY = 86_400_000
const utc = (day: Day) => new Date(`${day}T00:00:00Z`)

export function addDays(day: Day, count: number): Day {
  const date = utc(day)
  date.setUTCDate(date.getUTCDate() + count)
  return date.toISOString().slice(0, 10)
}

const dates = kept((timeZone: string) => new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }))

/** The day that a moment is on in a zone. */
export const dayOf = (moment: Date, zone: string): Day => dates(zone).format(moment)

/** The moment at which a day begins in a zone, in UTC. */
export const utcOf = (day: Day, zone: string) => momentOf(`${day}T00:00`, zone)

/** The first moment at which the clock on the wall of a zone shows a time (`2026-11-25T09:15`), in UTC; of a time that is skipped, what it would have been. */
export function momentOf(clock: string, zone: string): string {
  const guess = Date.parse(`${clock}Z`)
  const by = (offset: number) => new Date(guess - offset)
  const [before, after] = [by(offset(guess - DAY, zone)), by(offset(guess + DAY, zone))]
  const shows = (moment: Date) => wallClock(moment, zone).startsWith(clock)
  return (!shows(before) && shows(after) ? after : before).toISOString()
}

/** A filter for the moments of so many days in a zone. */
export const rangeOf = (day: Day, count: number, zone: string) => `${utcOf(day, zone)}..${utcOf(addDays(day, count), zone)}`

/** What the clock on the wall of a zone shows at a moment. */
export const wallClock = (moment: Date, zone: string) => new Date(moment.getTime() + offset(moment.getTime(), zone)).toISOString().slice(0, 19)

const clocks = kept((timeZone: string) => new Intl.DateTimeFormat('en-CA', {
  timeZone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit',
}))

/** By how much a zone is ahead of UTC at a moment, in milliseconds. */
function offset(time: number, zone: string): number {
  const parts = clocks(zone).formatToParts(time)
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value)
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second')) - Math.floor(time / 1000) * 1000
}

/** The moment, minute by minute. */
export function useNow() {
  const minute = useSyncExternalStore(everyMinute, () => Math.floor(Date.now() / 60_000))
  return new Date(minute * 60_000)
}

/** The day that it is for the business; at its midnight, the next one. */
export function useToday(): Day {
  const zone = useBusinessZone()
  return useSyncExternalStore(everyMinute, () => dayOf(new Date(), zone))
}

function everyMinute(changed: () => void) {
  const timer = setInterval(changed, 5_000)
  return () => clearInterval(timer)
}

/** By whose clock days begin. */
export function useBusinessZone(): string {
  return useReader().businessZone
}
