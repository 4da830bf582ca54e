import { expect, test } from 'vitest'
import { formatsOf } from '../texts'
import { eventTold } from './told'

const reader = { formats: formatsOf('en-GB', 'Europe/Berlin', 'Europe/Berlin'), locale: 'en-GB', nameOf: () => 'Amira', yes: 'yes', no: 'no' }

test('hours of several days stay with their days', () => {
  const weekly = [{ day: 'Tue', from: '09:00:00', until: '18:00:00' }, { day: 'Thu', from: '09:00:00', until: '20:00:00' }]
  expect(eventTold({ type: 'X', weekly }, reader)).toBe('Weekly: Tuesday 09:00–18:00; Thursday 09:00–20:00')
})

test('numbers, money and terms are told', () => {
  expect(eventTold({ policy: { term: { months: 12 }, quantity: 'seats' } }, reader)).toBe('Term: Months: 12 · Quantity: Seats')
  expect(eventTold({ price: { amount: 4_900, currency: 'EUR' } }, reader)).toBe('Price: €49.00')
  expect(eventTold({ term: { from: '2025-12-31T23:00:00Z', until: '2026-12-31T23:00:00Z' } }, reader)).toBe('Term: 1 Jan 2026–31 Dec 2026')
})

test('contacts and names of persons are told', () => {
  expect(eventTold({ names: { known: 'Amara Baker' }, contacts: [{ key: 1, kind: 'email', value: { known: 'a@home.example' } }] }, reader)).toBe('Names: Amara Baker · Contacts: Email a@home.example')
})

test('what is long is cut', () => expect(eventTold({ text: 'a '.repeat(200) }, reader).length).toBeLessThan(210))
