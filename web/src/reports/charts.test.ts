import { expect, test } from 'vitest'
import { average, summed } from './charts'

const week = (available_minutes: number, ratio: number | null) => ({ available_minutes, ratio })
const count = (status: string, issues: number) => ({ status, age_days: 0, assignee: null, issues })

test('weeks count by how long somebody was there', () => {
  expect(average([week(60, 1), week(180, 0), week(0, null)])).toBe(0.25)
  expect(average([week(0, null)])).toBe(0)
})

test('counts of one name are one bar, the longest first', () => {
  expect(summed([count('open', 1), count('closed', 5), count('open', 2)], ({ status }) => status)).toEqual([['closed', 5], ['open', 3]])
})
