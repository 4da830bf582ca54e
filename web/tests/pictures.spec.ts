// The pictures of the README. A run compares them; `web/test browsers pictures --update-snapshots` takes
// them anew. The salon's book is counted in open days, so a day of it looks the same whenever it is loaded.
import type { Page } from '@playwright/test'
import { expect, open, test } from './portal'

/** The first day after today on which the salon is open. */
function openDay(): string {
  const day = new Date()
  do day.setUTCDate(day.getUTCDate() + 1)
  while (day.getUTCDay() < 2)
  return day.toISOString().slice(0, 10)
}

/** Dates are others each time, and other tests leave something behind; the rest is the same. */
async function picture(page: Page, name: string) {
  await expect(page.locator('.connection.live')).toBeVisible()
  await page.mouse.move(0, 0)
  await expect(page).toHaveScreenshot(`${name}.png`, { maxDiffPixelRatio: 0.05 })
}

test('a day of the salon', async ({ portal }) => {
  const page = await portal.as('ada')
  const day = openDay()
  await page.clock.setFixedTime(new Date(`${day}T10:40:00+01:00`))
  await open(page, `calendar?view=day&day=${day}`)
  await page.getByRole('link', { name: /Colour, cut and finish/ }).first().click()
  await picture(page, 'calendar')
})

test('why a licence is suspended', async ({ portal }) => {
  const page = await portal.as('ada')
  await open(page, 'licenses?status=suspended')
  await page.getByRole('link', { name: 'Atlas Editor, Harbour Barbers' }).click()
  await page.getByRole('button', { name: 'Why is Reason so?' }).click()
  await expect(page.getByRole('dialog').getByRole('listitem').first()).toBeVisible()
  await picture(page, 'why')
})

test('a request and its answers', async ({ portal }) => {
  const page = await portal.as('sam')
  await open(page, 'issues')
  await page.getByRole('link', { name: /Branches show/ }).click()
  await expect(page.locator('.comment').first()).toBeVisible()
  await picture(page, 'support')
})
