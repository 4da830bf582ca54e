// The portal as the demonstration's people use it. Whatever a browser complains of fails the test: errors
// in the console, reports of the content security policy, requests to elsewhere.
import { expect, test as base, type Browser, type BrowserContextOptions, type Page } from '@playwright/test'

export const PASSWORD = 'servicebook-demo'
export const people = {
  ada: 'ada@salon.example', ben: 'ben@salon.example', clara: 'clara@salon.example', sam: 'sam@salon.example', mira: 'mira@salon.example',
  ines: 'ines@northwind.example', tom: 'tom@northwind.example', greta: 'greta@home.example',
}
export type Person = keyof typeof people

/** The router of the portal, which it leaves on the window, and its queries. */
interface Router {
  routesByPath: Record<string, unknown>
  state: { status: string; location: { href: string } }
  navigate: (to: { href: string }) => Promise<void>
  subscribe: (event: 'onRendered', listener: () => void) => () => void
  options: { context: { queries: { isFetching: () => number; clear: () => void } } }
}
declare global {
  var __TSR_ROUTER__: Router | undefined
}

/** Refusals of the business, faults of templates and replays, a customer of whom nothing is told, links that are used up, that another device was first, that a code is asked for, that the server is not done with what came before, that there is no such page, and that a test takes the server or the connection away are no faults. */
const EXPECTED = /status of (401|409|410|412|423)|status of 404 .*\/nowhere$|status of 422 .*(document-templates\/|replays|\/customers$)|ERR_CONNECTION_REFUSED|ERR_INTERNET_DISCONNECTED/

function watch(page: Page, origin: string): string[] {
  const complaints: string[] = []
  page.on('console', (message) => {
    const complaint = `${message.text()} ${message.location().url}`
    if (message.type() === 'error' && !EXPECTED.test(complaint)) complaints.push(`${page.url()}: ${complaint}`)
  })
  page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`))
  page.on('request', (request) => {
    if (/^(http|ws)/.test(request.url()) && new URL(request.url()).origin !== origin) complaints.push(`asked elsewhere: ${request.url()}`)
  })
  return complaints
}

export interface Portal {
  /** A browser of its own for somebody, signed in. */
  as: (person: Person) => Promise<Page>
  /** A browser in which nobody is signed in, on another screen if it says so. */
  anybody: (screen?: BrowserContextOptions) => Promise<Page>
}

export const test = base.extend<{ portal: Portal }>({
  portal: async ({ browser, baseURL, contextOptions, locale, timezoneId }, use) => {
    const complaints: string[][] = []
    const contexts: Awaited<ReturnType<Browser['newContext']>>[] = []
    const anybody = async (screen?: BrowserContextOptions) => {
      const context = await browser.newContext({ ...contextOptions, baseURL, locale, timezoneId, reducedMotion: 'reduce', viewport: { width: 1440, height: 900 }, ...screen })
      contexts.push(context)
      const page = await context.newPage()
      complaints.push(watch(page, new URL(baseURL!).origin))
      return page
    }
    await use({
      anybody,
      as: async (person) => {
        const page = await anybody()
        // As the page on which one signs in does it, which has tests of its own.
        await page.goto('/app/sign-in', { waitUntil: 'commit' })
        await page.evaluate(async ([login, password]) => {
          const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': crypto.randomUUID() }
          const response = await fetch('/api/v1/auth/login', { method: 'POST', headers, body: JSON.stringify({ login, password }) })
          if (!response.ok) throw new Error(await response.text())
        }, [people[person], PASSWORD])
        await open(page, '')
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

/** Waits until the page that was asked for is there, and nothing more is asked. */
export async function settled(page: Page) {
  await page.waitForFunction(() => {
    const router = globalThis.__TSR_ROUTER__
    return router?.state.status === 'idle' && router.options.context.queries.isFetching() === 0
      && document.querySelector('h1') !== null && document.querySelector('.skeleton') === null && document.fonts.status === 'loaded'
  })
}

export { expect }
