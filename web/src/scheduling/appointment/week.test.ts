import { expect, test } from 'vitest'
import { addDays, dayOf, landing, minutesOf, mondayOf, shut, stepped, utcOf } from './week'

test('weeks begin on Monday, also over the end of a year', () => {
  expect(mondayOf('2026-11-29')).toBe('2026-11-23')
  expect(mondayOf('2027-01-01')).toBe('2026-12-28')
  expect(addDays('2026-12-28', 7)).toBe('2027-01-04')
})

test('a day begins by the clock of the business, also when clocks change', () => {
  expect(utcOf('2026-11-25', 'Europe/Berlin')).toBe('2026-11-24T23:00:00.000Z')
  expect(utcOf('2026-03-29', 'Europe/Berlin')).toBe('2026-03-28T23:00:00.000Z')
  expect(utcOf('2026-03-30', 'Europe/Berlin')).toBe('2026-03-29T22:00:00.000Z')
  expect(utcOf('2026-10-25', 'Europe/Berlin')).toBe('2026-10-24T22:00:00.000Z')
  expect(utcOf('2026-06-01', 'America/New_York')).toBe('2026-06-01T04:00:00.000Z')
  expect(dayOf(new Date('2026-11-29T23:30:00Z'), 'Europe/Berlin')).toBe('2026-11-30')
})

test('what is let go lands on a step of the service, within the day', () => {
  expect(landing('2026-11-25', 9 * 60 + 8, 15)).toBe('2026-11-25T09:15:00')
  expect(landing('2026-11-25', -40, 15)).toBe('2026-11-25T00:00:00')
  expect(landing('2026-11-25', 30 * 60, 15)).toBe('2026-11-25T23:45:00')
  expect(stepped('2026-11-25T23:45:00', 30)).toBe('2026-11-26T00:15:00')
  expect(minutesOf('2026-11-25T09:15:00')).toBe(555)
})

test('what is not open is shut', () => {
  const hours = { weekly: [{ day: 'Wed', from: '13:00:00', until: '18:00:00' }, { day: 'Wed', from: '09:00:00', until: '12:00:00' }], exceptions: [], closed: [] }
  expect(shut(hours, '2026-11-25', 8, 20)).toEqual([[480, 540], [720, 780], [1080, 1200]])
  expect(shut(hours, '2026-11-26', 8, 20)).toEqual([[480, 1200]])
})
