// What is loaded stays small: the built portal against its budgets, as it is sent.
import { expect, test } from 'vitest'
import { budgets, isBuilt, sizes, type Budget } from './budgets'

test.runIf(isBuilt)('the portal keeps to its budgets', () => {
  for (const [figure, value] of Object.entries(sizes())) {
    const [name, most] = budgets[figure as Budget]
    expect(value, name).toBeGreaterThan(0)
    expect(value, name).toBeLessThan(most)
  }
})
