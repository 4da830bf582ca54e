// What is looked for on every page, light and dark, wide and on a phone: nothing that axe finds, and nothing that
// leaves the screen.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from '@playwright/test'
import type axe from 'axe-core'
import { expect } from './portal'

const WIDTHS = [1440, 390]
const NARROWEST = 320
/** In the dark only colours are others. */
const SCHEMES = { light: undefined, dark: ['color-contrast'] }

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

declare global {
  var axe: typeof import('axe-core') | undefined
}

export async function inspect(page: Page, what: string) {
  // Once for each document: to read it takes as long as to look for faults.
  if (await page.evaluate(() => globalThis.axe === undefined)) await page.evaluate(source)
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 })
    for (const [scheme, only] of Object.entries(SCHEMES)) {
      await page.emulateMedia({ colorScheme: scheme as keyof typeof SCHEMES })
      const found = await page.evaluate(async (only) => {
        const options: axe.RunOptions = { resultTypes: ['violations'], iframes: false, ...(only && { runOnly: only }) }
        const { violations } = await globalThis.axe!.run(document, options)
        return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)
      }, only)
      expect.soft(found, `${what}, ${width} px, ${scheme}`).toEqual([])
    }
    await fits(page, what, width)
  }
  await page.setViewportSize({ width: NARROWEST, height: 900 })
  await fits(page, what, NARROWEST)
  await page.setViewportSize({ width: WIDTHS[0]!, height: 900 })
  await page.emulateMedia({ colorScheme: 'light' })
}

async function fits(page: Page, what: string, width: number) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  expect.soft(over, `${what} is wider than ${width} px`).toBeLessThanOrEqual(0)
}
