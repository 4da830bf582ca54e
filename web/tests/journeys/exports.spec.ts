// Somebody takes a list away as a file that is made in the background, and has it sent every week, until they do not want it any more.
import { readFileSync } from 'node:fs'
import { expect, open, settled, test } from '../portal'

test('a list is taken away as a file that takes long, and one that is sent every week is saved, seen and removed', async ({ portal }) => {
  const page = await portal.as('ada')
  await open(page, 'customers?status=active')
  const download = page.getByRole('button', { name: 'Download', exact: true })
  const name = `Everybody ${Date.now()}`
  await download.click()
  await page.getByRole('menuitem', { name: 'Send me this regularly…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel(/^Name/).fill(name)
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog).toBeHidden()

  // What takes long is asked for as a program does that does not wait.
  await page.route(/format=xlsx/, (route) => route.continue({ headers: { ...route.request().headers(), Prefer: 'respond-async' } }))
  await download.click()
  await page.getByRole('menuitem', { name: 'Excel' }).click()
  await expect(page.getByRole('heading', { name: 'The file is ready' })).toBeVisible()
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click()
  await open(page, 'inbox')
  await page.getByRole('link', { name: /Customers, Excel/ }).first().click()
  await settled(page)
  await expect(page.locator('.facts')).toContainText('Status: Active')
  const saving = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Download', exact: true }).click()
  const file = await saving
  expect(file.suggestedFilename()).toMatch(/^customers-.*\.xlsx$/)
  expect(readFileSync(await file.path()).subarray(0, 2).toString()).toBe('PK')

  await open(page, 'me/exports')
  const line = page.locator('.line').filter({ hasText: name })
  await expect(line).toContainText(/Status: Active.*every week on Monday at 07:00/)
  await page.getByRole('button', { name: `Change: ${name}` }).click()
  await dialog.getByLabel(/^Time \*/).fill('08:30')
  await dialog.getByRole('button', { name: 'Save' }).click()
  // It takes the place of the one before, which is there until it is ended.
  await expect(line.filter({ hasText: 'every week on Monday at 08:30' })).toBeVisible()
  await expect(line).toHaveCount(1)
  await page.getByRole('button', { name: `End: ${name}` }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'End' }).click()
  await expect(line).toBeHidden()
})

test('a report is saved with days that go along, and sent to others as well', async ({ portal }) => {
  const page = await portal.as('ada')
  await open(page, 'reports/utilisation')
  const name = `Utilisation ${Date.now()}`
  await page.getByRole('button', { name: 'Download', exact: true }).click()
  await page.getByRole('menuitem', { name: 'Send me this regularly…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel(/^Name/).fill(name)
  await dialog.getByLabel(/^Period/).selectOption('Last month')
  await expect(dialog.getByRole('group', { name: 'Sent to' }).getByRole('combobox')).toHaveCount(1)
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog).toBeHidden()

  await open(page, 'me/exports')
  const line = page.locator('.line').filter({ hasText: name })
  await expect(line).toContainText(/Last month.*every week on Monday at 07:00/)
  await page.getByRole('button', { name: `End: ${name}` }).click()
  await dialog.getByRole('button', { name: 'End' }).click()
  await expect(line).toBeHidden()
})
