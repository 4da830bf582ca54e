// Wall-clock days and times as the reader writes them.
import { useReader } from '../../texts'
import { kept } from '../../texts/kept'
import { noonOf, stepped, type Day } from './week'

export const useClock = () => clockOf(useReader().locale)

const clockOf = kept((locale: string) => {
  const format = (options: Intl.DateTimeFormatOptions) => {
    const made = new Intl.DateTimeFormat(locale, { timeZone: 'UTC', ...options })
    return (day: Day) => made.format(noonOf(day))
  }
  /** For what stands by itself, also where the names of days and months are small. */
  const headed = (write: (day: Day) => string) => (day: Day) => {
    const text = write(day)
    return text.charAt(0).toLocaleUpperCase(locale) + text.slice(1)
  }
  const clock = new Intl.DateTimeFormat(locale, { timeZone: 'UTC', hour: '2-digit', minute: '2-digit' })
  /** The year is told of days of another one than this. */
  const dated = (options: Intl.DateTimeFormatOptions) => {
    const [near, far] = [format(options), format({ ...options, year: 'numeric' })]
    return (day: Day) => (day.slice(0, 4) === new Date().toISOString().slice(0, 4) ? near : far)(day)
  }
  const long = headed(dated({ weekday: 'long', day: 'numeric', month: 'long' }))
  const short = dated({ weekday: 'short', day: 'numeric', month: 'short' })
  const time = (start: string) => clock.format(new Date(`${start.length > 16 ? start.slice(0, 16) : start}Z`))
  return {
    /** "Wednesday, 25 November", "Wednesday, 25 November 2026" in another year. */
    long,
    /** "Wed, 25 Nov", or with its year. */
    short,
    /** "25 Nov 2026". */
    date: format({ dateStyle: 'medium' }),
    weekday: format({ weekday: 'short' }),
    /** "Wed 25". */
    head: headed(format({ weekday: 'short', day: 'numeric' })),
    month: headed(format({ month: 'long', year: 'numeric' })),
    time,
    /** "09:00–18:00", of minutes since midnight. */
    between: (from: number, until: number) => [from, until].map((minute) => time(stepped('1970-01-01T00:00:00', minute))).join('–'),
    /** "Wed, 25 Nov, 09:15". */
    moment: (start: string) => `${short(start.slice(0, 10))}, ${time(start)}`,
  }
})
