import { expect, test } from 'vitest'
import { phone } from './phone'

test('telephone numbers are told in one form, however they were typed', () => {
  expect(phone('+49305550101')).toBe('+49 305 550 101')
  expect(phone('+49 30 5550-101')).toBe('+49 305 550 101')
  expect(phone('+15551234567')).toBe('+1 555 123 4567')
  expect(phone('+3581234567')).toBe('+358 123 4567')
  expect(phone('030 5550101')).toBe('030 555 0101')
})
