import { expect, test } from 'vitest'
import { formatsOf } from '../texts'
import { eventTold, referredIn } from './told'

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

const nameless = { ...reader, nameOf: () => undefined }

test('what has no name for the reader is told apart, not left out', () => {
  expect(eventTold({ resources: ['64ad342c-3bb9-5137-83e7-b6646638c4fa', '9f37317f-c678-5376-b28b-1b05ff34f026'] }, nameless)).toBe('Resources: 64ad342c, 9f37317f')
  expect(eventTold({ note: '64ad342c-3bb9-5137-83e7-b6646638c4fa' }, nameless)).toBe('')
})

test('until when a time is held is not when it ends', () => {
  expect(eventTold({ plan: { until: '2026-12-02T08:30:00Z' }, until: '2026-12-01T08:10:00Z' }, reader)).toBe('Ends at: 2 Dec 2026, 09:30 · Until: 1 Dec 2026, 09:10')
})

test('the things that an event names are found by what it calls them', () => {
  const [chair, service] = ['64ad342c-3bb9-5137-83e7-b6646638c4fa', '9f37317f-c678-5376-b28b-1b05ff34f026']
  expect([...referredIn({ service, plan: { stretches: [{ resource: chair }] }, key: 1 })]).toEqual([['scheduling.service', service], ['scheduling.resource', chair]])
})
