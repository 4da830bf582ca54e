import { expect, test } from 'vitest'
import { placeOf } from './faults'

test('a fault is found by its line and its column in characters', () => {
  const text = 'Für 😀\n\n😀 {{ holder }\nEnde'
  const [from, until] = placeOf(text, 3, 13)
  expect(text.slice(from, until)).toBe('}')
  expect(placeOf(text, 9, 1)).toEqual([text.length + 1, text.length + 1])
})
