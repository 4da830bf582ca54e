// How somebody without an account books, page by page.
import type { Page } from '@playwright/test'
import type { Hand } from './hands'
import { mailed } from './mails'
import { expect } from './portal'

interface Guest {
  name: string
  email: string
  /** Which of the days that are told, from the last one: whoever books at the same time takes another one. */
  day: number
}

/** What is booked. */
const SERVICE = /^Scalp treatment/

/** Books by the homepage and the code of the mail; stops at each page, and tells which one it is. */
export async function* booking(page: Page, { press, fill }: Hand, { name, email, day }: Guest): AsyncGenerator<string> {
  await page.goto('/')
  await press(page.getByRole('link', { name: 'Book an appointment' }).first())
  await expect(page.getByRole('heading', { level: 1, name: 'What may it be?' })).toBeVisible()
  yield 'services'
  await press(page.getByRole('link', { name: SERVICE }))
  await press(page.locator('.days a').nth(-1 - day))
  await page.waitForURL(/day=/)
  yield 'times'
  await press(page.locator('a.time').first())
  await expect(page.getByRole('heading', { level: 1, name: 'Who are you?' })).toBeVisible()
  yield 'who'
  await fill(page.getByLabel('Your name'), name)
  await fill(page.getByLabel('E-mail'), email)
  await press(page.getByRole('button', { name: 'Continue' }))
  await expect(page.getByRole('heading', { level: 1, name: 'Please look into your mail' })).toBeVisible()
  yield 'code'
  await fill(page.getByLabel('Code of the mail'), await mailed(email, /^(\d{6})\r?$/m))
  await press(page.getByRole('button', { name: 'Book', exact: true }))
  await expect(page.getByRole('status')).toContainText('Your appointment')
  yield 'booked'
}

/** The link to the appointment in the mail. */
export const linkOf = (email: string) => mailed(email, /https?:\/\/\S+\/a\/\S+/)
