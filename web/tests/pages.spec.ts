// Every page, light and dark, wide and on a phone: nothing that axe finds, nothing that leaves the screen, no
// more calls than a page may make. Which pages there are is asked of the router, so a new one is tested too.
import type { Page } from '@playwright/test'
import { inspect } from './axe'
import { expect, open, settled, test, type Person } from './portal'

/** What one page may ask of the API. */
const CALLS = 8
/** The pages of an administrator are looked through in so many tests, at the same time. */
const PARTS = 4
/** What an address may add to these pages. */
const VIEWS: Record<string, string[]> = { '/calendar': ['?view=day', '?view=agenda'] }

/** Goes there without loading the portal anew, and counts what is asked for as if it had been. */
async function visit(page: Page, address: string, who: string) {
  const calls: string[] = []
  const count = (request: { url: () => string }) => calls.push(request.url())
  page.on('request', count)
  await page.evaluate((href) => {
    const router = globalThis.__TSR_ROUTER__!
    router.options.context.queries.clear()
    ;(document.activeElement as HTMLElement | null)?.blur()
    return router.navigate({ href })
  }, address)
  // The heading of a page gets the focus when it is there.
  if (!/[?]|\/[\w-]{36}$/.test(address)) await expect(page.locator('h1')).toBeFocused()
  await settled(page)
  page.off('request', count)
  const asked = calls.map((url) => new URL(url)).filter(({ pathname }) => pathname.startsWith('/api/') && pathname !== '/api/v1/stream')
  expect.soft(asked.map(({ pathname, search }) => pathname + search).slice(CALLS), `${who}: ${address} asks more than ${CALLS} times`).toEqual([])
  await expect.soft(page.locator('main .problem'), `${who}: ${address}`).toHaveCount(0)
  await inspect(page, `${who}: ${address}`)
}

const routes = (page: Page) => page.evaluate(() => Object.keys(globalThis.__TSR_ROUTER__!.routesByPath).filter((path) => path !== '/' && path !== '/sign-in'))

/** Addresses to which the page that is open links, and that a path with a gap means: one thing, or each section. */
async function linked(page: Page, path: string): Promise<string[]> {
  const wanted = new RegExp(`^/app${path.replace(/\$\w+/g, '[^/]+')}$`)
  const hrefs = await page.locator('main a[href]').evaluateAll((links) => links.map((link) => new URL((link as HTMLAnchorElement).href).pathname))
  const found = [...new Set(hrefs)].filter((href) => wanted.test(href)).map((href) => href.slice('/app'.length))
  return path.endsWith('/$id') ? found.slice(0, 1) : found
}

async function walk(page: Page, path: string, address: string, paths: string[], who: string) {
  await visit(page, address, who)
  for (const below of paths.filter((other) => other.startsWith(`${path}/$`) && !other.slice(path.length + 1).includes('/'))) {
    for (const found of await linked(page, below)) await walk(page, below, found, paths, who)
  }
  for (const view of VIEWS[path] ?? []) await visit(page, address + view, who)
}

for (let part = 0; part < PARTS; part++) {
  test(`pages of an administrator, part ${part + 1} of ${PARTS}`, async ({ portal }) => {
    const page = await portal.as('ada')
    const paths = await routes(page)
    const whole = paths.filter((path) => !path.includes('$'))
    for (const path of whole.filter((_, at) => at % PARTS === part)) await walk(page, path, path, paths, 'ada')
  })
}

for (const person of ['clara', 'ines'] satisfies Person[]) {
  test(`places of ${person}`, async ({ portal }) => {
    const page = await portal.as(person)
    const places = await page.locator('header nav a[href]').evaluateAll((links) => links.map((link) => link.getAttribute('href')!.slice('/app'.length)))
    for (const place of places) await visit(page, place, person)
  })
}

test('the way in', async ({ portal }) => {
  const page = await portal.anybody()
  await open(page, 'sign-in')
  await inspect(page, 'sign-in')
})

/** Pages that need no script. */
const PUBLIC = ['/', '/status', '/sign-up', '/forgot', '/reset', '/verify-email', '/change-email', '/invitation']
test('the public pages', async ({ portal }) => {
  const page = await portal.anybody()
  for (const path of PUBLIC) {
    await page.goto(path)
    await inspect(page, path)
  }
})
