// The calendar's arithmetic: days, hours and places of boxes.
import { expect, test } from 'vitest'
import { addDays, endOf, gaps, isOn, landing, minutesOf, mondayOf, open, sideBySide, spanOf, spansOf, stepped, takenOf } from './week'

test('weeks begin on Monday, also over the end of a year', () => {
  expect(mondayOf('2026-11-29')).toBe('2026-11-23')
  expect(mondayOf('2027-01-01')).toBe('2026-12-28')
  expect(addDays('2026-12-28', 7)).toBe('2027-01-04')
})

test('what is let go lands on a step of the service, within the day', () => {
  expect(landing('2026-11-25', 9 * 60 + 8, 15)).toBe('2026-11-25T09:15:00')
  expect(landing('2026-11-25', -40, 15)).toBe('2026-11-25T00:00:00')
  expect(landing('2026-11-25', 30 * 60, 15)).toBe('2026-11-25T23:45:00')
  expect(stepped('2026-11-25T23:45:00', 30)).toBe('2026-11-26T00:15:00')
  expect(minutesOf('2026-11-25T09:15:00')).toBe(555)
})

const week = {
  zone: 'Europe/Berlin',
  weekly: [{ day: 'Wed', from: '13:00:00', until: '18:00:00' }, { day: 'Wed', from: '09:00:00', until: '12:00:00' }, { day: 'Fri', from: '22:00:00', until: '02:00:00' }],
  exceptions: [{ date: '2026-12-02', hours: [{ from: '10:00:00', until: '11:00:00' }] }, { date: '2026-12-09' }],
  closed: [{ from: '2026-12-16T09:00:00Z', until: '2026-12-16T14:00:00Z' }],
}

test('hours are those of the weekday, or of the date, without what is closed', () => {
  expect(open(week, '2026-11-25')).toEqual([[540, 720], [780, 1080]])
  expect(open(week, '2026-11-26')).toEqual([])
  expect(open(week, '2026-12-02')).toEqual([[600, 660]])
  expect(open(week, '2026-12-09')).toEqual([])
  expect(open(week, '2026-12-16')).toEqual([[540, 600], [900, 1080]])
})

test('hours over midnight belong to both days', () => {
  expect(open(week, '2026-11-27')).toEqual([[1320, 1440]])
  expect(open(week, '2026-11-28')).toEqual([[0, 120]])
})

test('what is not open is shut', () => {
  expect(gaps(open(week, '2026-11-25'), 480, 1200)).toEqual([[480, 540], [720, 780], [1080, 1200]])
  expect(gaps([], 480, 1200)).toEqual([[480, 1200]])
})

test('boxes that overlap stand side by side', () => {
  const box = (from: number, until: number) => ({ from, until })
  const places = sideBySide([box(60, 120), box(90, 150), box(120, 180), box(200, 220)]).map(({ from, column, columns }) => [from, column, columns])
  expect(places).toEqual([[60, 0, 2], [90, 1, 2], [120, 0, 2], [200, 0, 1]])
})

test('an appointment takes its resources in stretches, told from its start', () => {
  const stretch = (resource: string, from: string, until: string, kind: 'phase' | 'buffer') => ({ resource, from: `2026-12-01T${from}:00Z`, until: `2026-12-01T${until}:00Z`, kind })
  const colour = { starts_at: '2026-12-01T09:00:00Z', stretches: [stretch('clara', '09:00', '09:30', 'phase'), stretch('chair', '09:00', '10:00', 'phase'), stretch('clara', '10:00', '10:10', 'buffer')] }
  expect(takenOf(colour, 'clara')).toEqual({ phases: [[0, 30]], buffers: [[60, 70]] })
  expect(takenOf(colour, 'chair')).toEqual({ phases: [[0, 60]], buffers: [] })
})

test('free starts that follow each other are one span', () => {
  expect(spansOf([570, 540, 555, 700], 15, 30)).toEqual([[540, 600], [700, 730]])
  expect(spansOf([], 15, 30)).toEqual([])
})

test('on the wall of the calendar nothing overlaps because the clocks are changed', () => {
  const zone = 'Europe/Berlin'
  // An hour from 1:30 on; the clocks skip the one from 2:00.
  expect(spanOf({ start: '2027-03-28T01:30:00', starts_at: '2027-03-28T00:30:00Z', ends_at: '2027-03-28T01:30:00Z', zone }, '2027-03-28')).toEqual([90, 210])
  // An hour and a half from 1:30 on, and half an hour from the first 2:45 on: the hour from 2:00 is told twice.
  expect(spanOf({ start: '2027-10-31T01:30:00', starts_at: '2027-10-30T23:30:00Z', ends_at: '2027-10-31T01:00:00Z', zone }, '2027-10-31')).toEqual([90, 120])
  expect(spanOf({ start: '2027-10-31T02:45:00', starts_at: '2027-10-31T00:45:00Z', ends_at: '2027-10-31T01:15:00Z', zone }, '2027-10-31')).toEqual([165, 165])
})

test('an appointment is over by the clock on the wall, also in the nights in which that is changed', () => {
  const zone = 'Europe/Berlin'
  expect(endOf({ ends_at: '2026-12-01T10:00:00Z', zone })).toBe('2026-12-01T11:00:00')
  // From 1:30, an hour.
  expect(endOf({ ends_at: '2027-03-28T01:30:00Z', zone })).toBe('2027-03-28T03:30:00')
  expect(endOf({ ends_at: '2027-10-31T00:30:00Z', zone })).toBe('2027-10-31T02:30:00')
})

test('what goes on after midnight is on both days', () => {
  const late = { start: '2026-12-31T23:50:00', starts_at: '2026-12-31T22:50:00Z', ends_at: '2026-12-31T23:20:00Z', zone: 'Europe/Berlin' }
  expect(spanOf(late, '2026-12-31')).toEqual([1430, 1440])
  expect(spanOf(late, '2027-01-01')).toEqual([0, 20])
  expect(['2026-12-30', '2026-12-31', '2027-01-01', '2027-01-02'].filter((day) => isOn(late, day))).toEqual(['2026-12-31', '2027-01-01'])
  expect(isOn({ ...late, ends_at: '2026-12-31T23:00:00Z' }, '2027-01-01')).toBe(false)
})
