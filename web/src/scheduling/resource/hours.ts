// Weekly hours as painted cells, and back.
import { WEEKDAYS } from '../../texts/weekday'
import { DAY, minutesOf, type Availability } from '../appointment/week'

export type Weekly = Availability['weekly']
/** Of each day of the week, from Monday, which of its cells are open. */
export type Painted = boolean[][]

/** How many minutes a cell is: as fine as the hours are. */
export const cellOf = (weekly: Weekly) => (weekly.some(({ from, until }) => minutesOf(from) % 30 || minutesOf(until) % 30) ? 15 : 30)

export function painted(weekly: Weekly, cell: number): Painted {
  const cells = WEEKDAYS.map(() => Array.from({ length: DAY / cell }, () => false))
  for (const { day, from, until } of weekly) {
    const at = WEEKDAYS.indexOf(day as (typeof WEEKDAYS)[number])
    const begins = minutesOf(from)
    // Hours that do not end after they begin reach into the next day.
    const ends = minutesOf(until) > begins ? minutesOf(until) : minutesOf(until) + DAY
    for (let minute = begins; minute < ends; minute += cell) cells[(at + Math.floor(minute / DAY)) % 7]![(minute % DAY) / cell] = true
  }
  return cells
}

export function weeklyOf(cells: Painted, cell: number): Weekly {
  return cells.flatMap((day, at) => {
    const begins = day.flatMap((open, index) => (open && !day[index - 1] ? [index] : []))
    return begins.map((index) => {
      const shut = day.indexOf(false, index)
      return { day: WEEKDAYS[at]!, from: clock(index * cell), until: clock(((shut < 0 ? day.length : shut) * cell) % DAY) }
    })
  })
}

export const clock = (minute: number) => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}:00`

/** The cells of a rectangle between two, all as they are to be. */
export function brushed(cells: Painted, [day, index]: Place, [toDay, toIndex]: Place, open: boolean): Painted {
  const within = (at: number, one: number, other: number) => at >= Math.min(one, other) && at <= Math.max(one, other)
  return cells.map((row, at) => (within(at, day, toDay) ? row.map((was, cell) => (within(cell, index, toIndex) ? open : was)) : row))
}

/** A day, and a cell of it. */
export type Place = [day: number, index: number]
