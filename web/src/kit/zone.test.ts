// Days and times of a zone, whatever that of the browser is.
import { expect, test } from 'vitest'
import { dayOf, momentOf, utcOf, wallClock } from './zone'

test('a day begins by the clock of the business, also when clocks change', () => {
  expect(utcOf('2026-11-25', 'Europe/Berlin')).toBe('2026-11-24T23:00:00.000Z')
  expect(utcOf('2026-03-29', 'Europe/Berlin')).toBe('2026-03-28T23:00:00.000Z')
  expect(utcOf('2026-03-30', 'Europe/Berlin')).toBe('2026-03-29T22:00:00.000Z')
  expect(utcOf('2026-10-25', 'Europe/Berlin')).toBe('2026-10-24T22:00:00.000Z')
  expect(utcOf('2026-06-01', 'America/New_York')).toBe('2026-06-01T04:00:00.000Z')
  expect(dayOf(new Date('2026-11-29T23:30:00Z'), 'Europe/Berlin')).toBe('2026-11-30')
  expect(wallClock(new Date('2026-11-29T23:30:00Z'), 'Europe/Berlin')).toBe('2026-11-30T00:30:00')
})

test('of a time that comes twice the first is meant, as the backend does it, and one that is skipped is as late as it would have been', () => {
  expect(momentOf('2027-10-31T02:30', 'Europe/Berlin')).toBe('2027-10-31T00:30:00.000Z')
  expect(momentOf('2027-11-07T01:30', 'America/New_York')).toBe('2027-11-07T05:30:00.000Z')
  expect(momentOf('2027-03-28T02:30', 'Europe/Berlin')).toBe('2027-03-28T01:30:00.000Z')
  expect(momentOf('2027-03-14T02:30', 'America/New_York')).toBe('2027-03-14T07:30:00.000Z')
})

test('a time on the wall is a moment, and back', () => {
  for (const clock of ['2026-03-29T01:30:00', '2026-03-29T03:30:00', '2026-07-01T12:00:00', '2026-10-25T04:00:00']) {
    expect(wallClock(new Date(momentOf(clock, 'Europe/Berlin')), 'Europe/Berlin')).toBe(clock)
  }
})
