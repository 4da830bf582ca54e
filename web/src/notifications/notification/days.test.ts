// The inbox by days.
import { expect, test } from 'vitest'
import { byDay } from './days'

test('what came on one day about one thing stands together', () => {
  const rows = [
    { id: '4', created_at: '2026-11-29T10:00Z', about_id: 'a' },
    { id: '3', created_at: '2026-11-29T09:00Z', about_id: null },
    { id: '2', created_at: '2026-11-29T08:00Z', about_id: 'a' },
    { id: '1', created_at: '2026-11-28T08:00Z', about_id: 'a' },
  ]
  const days = byDay(rows, (text) => text.slice(8, 10))
  expect(days.map(({ day, notices }) => [day, notices.map((some) => some.map(({ id }) => id).join('+'))])).toEqual([['29', ['4+2', '3']], ['28', ['1']]])
})
