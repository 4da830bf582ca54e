// What opens above a page is looked through like the pages themselves.
import type { Page } from '@playwright/test'
import { post, tokenOf } from './api'
import { inspect } from './axe'
import { expect, open, settled, test } from './portal'

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name })

async function inspectDialogue(page: Page, what: string) {
  const dialogue = page.getByRole('dialog')
  await expect(dialogue).toBeVisible()
  await settled(page)
  await inspect(page, what)
  // It was there on every screen.
  await expect(dialogue).toBeVisible()
}

async function inspectMenu(page: Page, what: string) {
  const menu = page.getByRole('menu')
  await expect(menu).toBeVisible()
  await inspect(page, what)
  await expect(menu).toBeVisible()
}

test('the dialogues of a list and of a thing', async ({ portal, baseURL }) => {
  const { data: { id } } = await post(baseURL!, 'customers', await tokenOf(baseURL!), { name: `Della ${Date.now()}`, walk_in: true })
  const page = await portal.as('ada')
  await open(page, 'customers')
  await button(page, /^New/).click()
  await inspectDialogue(page, 'a new customer')
  await page.getByRole('dialog').getByRole('button').last().click()
  await expect(page.getByRole('alert')).toBeVisible()
  await inspectDialogue(page, 'a new customer of whom something is missing')

  await open(page, `customers/${id}`)
  await page.keyboard.press('w')
  await inspectDialogue(page, 'why')
  await page.keyboard.press('Escape')
  await page.keyboard.press('.')
  await inspectMenu(page, 'the menu of a thing')
  await page.keyboard.press('Escape')
  await button(page, 'Erase the personal data').click()
  await inspectDialogue(page, 'erasing a person')
})

test('the dialogues of every page', async ({ portal }) => {
  const page = await portal.as('ada')
  await open(page, 'today')
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox').fill('Mia')
  await expect(page.getByRole('option', { name: /Mia Rossi/ }).first()).toBeVisible()
  await inspectDialogue(page, 'the palette')
  await page.keyboard.press('Escape')
  await page.keyboard.press('?')
  await inspectDialogue(page, 'the keys')
  await page.keyboard.press('Escape')
  await page.locator('.whoami').click()
  await inspectMenu(page, 'the menu of whoever is signed in')
})

test('the dialogues of the calendar', async ({ portal }) => {
  const page = await portal.as('ben')
  await open(page, 'calendar?view=agenda')
  await page.keyboard.press('n')
  await inspectDialogue(page, 'booking')
  await button(page, /^Cut and finish/).click()
  await expect(page.locator('.start').first()).toBeVisible()
  await inspectDialogue(page, 'booking: the times')
  await page.locator('.start').first().click()
  await expect(page.getByRole('timer')).toBeVisible()
  await inspectDialogue(page, 'booking: for whom')
})

test('moving an appointment', async ({ portal }) => {
  const page = await portal.as('ada')
  const last = '/api/v1/appointments?filter[status]=confirmed&sort=-starts_at&limit=1'
  const id = await page.evaluate(async (address) => (await (await fetch(address)).json()).data[0].id, last)
  await open(page, `appointments/${id}`)
  await button(page, /^Move/).click()
  await inspectDialogue(page, 'moving an appointment')
})
