// The dates of the business are those of its clock, wherever somebody reads them.
import { expect, test } from 'vitest'
import { formatsOf } from '.'

test('a term that ends at midnight has the day before as its last one, by the clock of the business', () => {
  const formats = formatsOf('en-GB', 'America/New_York', 'Europe/Berlin')
  expect(formats.lastDay('2030-12-31T23:00:00Z')).toBe('31 Dec 2030')
  expect(formats.lastDay('2030-12-31T12:00:00Z')).toBe('31 Dec 2030')
  expect(formats.day('2030-12-31T23:00:00Z')).toBe('1 Jan 2031')
  expect(formats.moment('2030-12-31T23:00:00Z')).toBe('31 Dec 2030, 18:00')
})
