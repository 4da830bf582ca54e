// Every page, light and dark, wide and on a phone: nothing that axe finds, nothing that leaves the screen.
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { expect, open, people, settled, test } from './portal'

const WIDTHS = [1440, 390]
const SCHEMES = ['light', 'dark'] as const

async function inspect(page: Page, what: string) {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 })
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme })
      await settled(page)
      // In the dark only colours are others.
      const axe = new AxeBuilder({ page })
      if (colorScheme === 'dark') axe.withRules('color-contrast')
      const { violations } = await axe.analyze()
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)
      expect.soft(found, `${what}, ${width} px, ${colorScheme}`).toEqual([])
    }
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    expect.soft(over, `${what} is wider than ${width} px`).toBeLessThanOrEqual(0)
  }
  await page.setViewportSize({ width: WIDTHS[0]!, height: 900 })
}

test('the way in', async ({ portal }) => {
  const page = await portal.anybody()
  await open(page, 'sign-in')
  await inspect(page, 'sign-in')
})

const of: [person: keyof typeof people, paths: string[]][] = [
  ['ada', ['today', 'inbox', 'calendar', 'calendar?view=day', 'calendar?view=agenda', 'customers', 'appointments']],
  ['ada', ['services', 'chairs', 'issues', 'licenses', 'organizations', 'products', 'purchases', 'parked']],
  ['ada', ['people', 'access/applications', 'access/providers', 'access/service-accounts', 'access/impersonations', 'audit', 'audit/refusals', 'usage', 'running', 'all']],
  ['ada', ['me/profile', 'me/security', 'me/sessions', 'me/applications', 'me/appearance', 'all/identity.session', 'all/support.macro']],
  ['clara', ['my-day', 'calendar']],
  ['ines', ['home', 'my-appointments', 'licenses', 'issues', 'organizations', 'inbox']],
]
for (const [at, [person, paths]] of of.entries()) {
  test(`pages of ${person} (${at + 1})`, async ({ portal }) => {
    const page = await portal.as(person)
    for (const path of paths) {
      await open(page, path)
      await inspect(page, `${person}: ${path}`)
    }
  })
}

const things = ['customers', 'appointments', 'services', 'chairs', 'issues', 'licenses', 'organizations', 'products', 'people']
test('things', async ({ portal }) => {
  const page = await portal.as('ada')
  for (const path of things) {
    await open(page, path)
    const thing = page.locator(`main a[href^="/app/${path}/"]`).first()
    await expect(thing).toBeVisible()
    await open(page, (await thing.getAttribute('href'))!.slice('/app/'.length))
    await inspect(page, `one of ${path}`)
  }
})
