// The portal as the demonstration's people use it. Whatever a browser complains of fails the test: errors
// in the console, reports of the content security policy, requests to elsewhere.
import { expect, test as base, type Browser, type Page } from '@playwright/test'

export const PASSWORD = 'servicebook-demo'
export const people = {
  ada: 'ada@salon.example', clara: 'clara@salon.example', sam: 'sam@salon.example', ines: 'ines@northwind.example', tom: 'tom@northwind.example',
}

/** Refusals of the business are answers, not faults. */
const EXPECTED = /status of 409/

function watch(page: Page, origin: string): string[] {
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' && !EXPECTED.test(message.text())) complaints.push(`${page.url()}: ${message.text()} ${message.location().url}`)
  })
  page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`))
  page.on('request', (request) => {
    if (/^(http|ws)/.test(request.url()) && new URL(request.url()).origin !== origin) complaints.push(`asked elsewhere: ${request.url()}`)
  })
  return complaints
}

interface Portal {
  /** A browser of its own for somebody, signed in. */
  as: (person: keyof typeof people) => Promise<Page>
  /** A browser in which nobody is signed in. */
  anybody: () => Promise<Page>
}

export const test = base.extend<{ portal: Portal }>({
  portal: async ({ browser, baseURL, contextOptions, locale, timezoneId }, use) => {
    const complaints: string[][] = []
    const contexts: Awaited<ReturnType<Browser['newContext']>>[] = []
    const anybody = async () => {
      const context = await browser.newContext({ ...contextOptions, baseURL, locale, timezoneId, reducedMotion: 'reduce', viewport: { width: 1440, height: 900 } })
      contexts.push(context)
      const page = await context.newPage()
      complaints.push(watch(page, new URL(baseURL!).origin))
      return page
    }
    await use({
      anybody,
      as: async (person) => {
        const page = await anybody()
        await page.goto('/app/sign-in')
        await page.getByLabel('E-mail').fill(people[person])
        await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
        await page.getByRole('button', { name: 'Sign in', exact: true }).click()
        await expect(page.locator('#content h1')).toBeVisible()
        return page
      },
    })
    for (const context of contexts) await context.close()
    expect(complaints.flat()).toEqual([])
  },
})

/** Goes to a page of the portal and waits until all of it is there. */
export async function open(page: Page, path: string) {
  await page.goto(`/app/${path}`)
  await settled(page)
}

export async function settled(page: Page) {
  await expect(page.locator('h1').first()).toBeVisible()
  await expect(page.locator('.skeleton')).toHaveCount(0)
}

export { expect }
