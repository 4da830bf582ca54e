// Painted hours are what was painted.
import { expect, test } from 'vitest'
import { brushed, cellOf, painted, weeklyOf } from './hours'

const weekly = [
  { day: 'Tue', from: '09:00:00', until: '12:30:00' },
  { day: 'Tue', from: '13:00:00', until: '18:00:00' },
  { day: 'Sat', from: '20:00:00', until: '00:00:00' },
]

test('hours survive being painted', () => {
  expect(cellOf(weekly)).toBe(30)
  expect(weeklyOf(painted(weekly, 30), 30)).toEqual(weekly)
  expect(cellOf([{ day: 'Mon', from: '09:15:00', until: '10:00:00' }])).toBe(15)
})

test('hours over midnight are those of two days', () => {
  expect(weeklyOf(painted([{ day: 'Sun', from: '22:00:00', until: '02:00:00' }], 30), 30)).toEqual([
    { day: 'Mon', from: '00:00:00', until: '02:00:00' },
    { day: 'Sun', from: '22:00:00', until: '00:00:00' },
  ])
})

test('a stroke of the brush is a rectangle', () => {
  const cells = brushed(painted([], 30), [0, 18], [1, 19], true)
  expect(weeklyOf(cells, 30)).toEqual([{ day: 'Mon', from: '09:00:00', until: '10:00:00' }, { day: 'Tue', from: '09:00:00', until: '10:00:00' }])
  expect(weeklyOf(brushed(cells, [1, 18], [1, 18], false), 30)).toEqual([{ day: 'Mon', from: '09:00:00', until: '10:00:00' }, { day: 'Tue', from: '09:30:00', until: '10:00:00' }])
})
