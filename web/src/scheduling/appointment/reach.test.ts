import { expect, test } from 'vitest'
import { nameOrReach } from './reach'

test.each(['030 1234567', '+49 (0)30/123-45', 'anna@example.org'])('%s is how to reach somebody', (typed) => {
  expect(nameOrReach(typed)).toEqual({ name: '', reach: typed })
})

test.each(['Anna Berg', 'Otto 2', '', '12'])('“%s” is a name', (typed) => {
  expect(nameOrReach(typed)).toEqual({ name: typed, reach: '' })
})
