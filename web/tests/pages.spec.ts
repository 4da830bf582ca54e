// Every page, light and dark, wide and on a phone: nothing that axe finds, nothing that leaves the screen, no
// words of machines, no more calls than a page may make. Which pages there are is asked of the router, so a new one is tested too.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Page } from '@playwright/test'
import { post, tokenOf } from './api'
import { inspect } from './axe'
import { booking, linkOf } from './guest'
import { byKeyboard } from './hands'
import { mails } from './mails'
import { expect, open, PASSWORD, people, settled, test, type Person } from './portal'

/** What one page may ask of the API. */
const CALLS = 8
/** The pages of an administrator are looked through in so many tests, at the same time. */
const PARTS = 4
/** What machines call statuses, kinds and the like. */
const lists = JSON.parse(readFileSync(new URL('../src/api/generated/lists.json', import.meta.url), 'utf8')) as Record<string, { filters: Record<string, string[]> }>
// `api` is a permission of applications as well, which have it as a text.
const VALUES = Object.values(lists).flatMap(({ filters }) => Object.values(filters).flat()).filter((value) => value !== 'api')
/** What an address may add to these pages. */
const VIEWS: Record<string, string[]> = { '/calendar': ['?view=day', '?view=agenda'], '/document-templates': ['/new'] }

/** Goes to another page without loading the portal anew, but asks for everything anew. */
const go = (page: Page, address: string) => page.evaluate((href) => new Promise<void>((rendered) => {
  const router = globalThis.__TSR_ROUTER__!
  router.options.context.queries.clear()
  ;(document.activeElement as HTMLElement | null)?.blur()
  const stop = router.subscribe('onRendered', () => {
    stop()
    rendered()
  })
  void router.navigate({ href })
}), address)

/** Looks through a page, and counts what it asks for: on the way from the list that leads there, or else from a page that asks for nothing, as one that is left may still be drawn anew. */
async function visit(page: Page, address: string, who: string, from = '/nowhere') {
  await go(page, from)
  await settled(page)
  const calls: string[] = []
  const count = (request: { url: () => string }) => calls.push(request.url())
  page.on('request', count)
  await go(page, address)
  await settled(page)
  // The heading of a page gets the focus when it is there.
  if (!address.includes('?')) await expect(page.locator('h1')).toBeFocused()
  page.off('request', count)
  // The pictures in a thread are as many as were sent with it.
  const isAsked = ({ pathname }: URL) => pathname.startsWith('/api/') && pathname !== '/api/v1/stream' && !/\/attachments\/[^/]+$/.test(pathname)
  const requests = calls.map((url) => new URL(url)).filter(isAsked)
  expect.soft(requests.map(({ pathname, search }) => pathname + search).slice(CALLS), `${who}: ${address} asks more than ${CALLS} times`).toEqual([])
  await expect.soft(page.locator('main .problem'), `${who}: ${address}`).toHaveCount(0)
  const cells = await page.locator('td, dd').allTextContents()
  expect.soft(cells.filter((cell) => VALUES.includes(cell.trim())), `${who}: ${address} shows what machines say`).toEqual([])
  await inspect(page, `${who}: ${address}`)
}

const routes = (page: Page) => page.evaluate(() => Object.keys(globalThis.__TSR_ROUTER__!.routesByPath).filter((path) => path !== '/' && path !== '/sign-in'))

/** Addresses to which the page that is open links, and that a path with a gap means: one thing, or each section. */
async function linked(page: Page, path: string): Promise<string[]> {
  const pattern = new RegExp(`^/app${path.replace(/\$\w+/g, '[^/]+')}$`)
  const hrefs = await page.locator('main a[href]').evaluateAll((links) => links.map((link) => new URL((link as HTMLAnchorElement).href).pathname))
  const found = [...new Set(hrefs)].filter((href) => pattern.test(href)).map((href) => href.slice('/app'.length))
  return path.endsWith('/$id') ? found.slice(0, 1) : found
}

async function walk(page: Page, path: string, address: string, paths: string[], who: string, from?: string) {
  await visit(page, address, who, from)
  for (const below of paths.filter((other) => other.startsWith(`${path}/$`) && !other.slice(path.length + 1).includes('/'))) {
    for (const found of await linked(page, below)) await walk(page, below, found, paths, who, address)
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

for (const person of ['clara', 'ines', 'mira', 'greta'] satisfies Person[]) {
  test(`places of ${person}`, async ({ portal }) => {
    const page = await portal.as(person)
    const places = await page.locator('header nav a[href]').evaluateAll((links) => links.map((link) => link.getAttribute('href')!.slice('/app'.length)))
    for (const place of places) await visit(page, place, person)
  })
}

test('a page that is loaded asks for nothing twice: neither who is signed in, before the portal is read, nor what is on it, before it is drawn', async ({ portal }) => {
  const page = await portal.as('ada')
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  await open(page, 'today')
  const calls = asked.filter((url) => new URL(url).pathname.startsWith('/api/'))
  expect(calls.filter((url) => url.endsWith('/api/v1/me'))).toHaveLength(1)
  expect(calls.filter((url, at) => calls.indexOf(url) !== at)).toEqual([])
})

test('the appointments of a customer, and the pages of a demonstration, say what they are', async ({ portal }) => {
  const page = await portal.as('greta')
  await open(page, 'my-appointments')
  await expect(page.getByRole('region', { name: 'Your next appointment' }).getByRole('button', { name: 'Move' })).toBeVisible()
  await expect(page.getByRole('region', { name: 'Past' }).getByRole('listitem').first()).toBeVisible()
  await expect(page.getByText('all data here is made up')).toBeInViewport()
})

test('the way in', async ({ portal }) => {
  const page = await portal.anybody()
  await open(page, 'sign-in')
  const accounts = page.getByRole('region', { name: 'This is a demonstration' })
  await expect(accounts.getByRole('listitem').filter({ hasText: people.ada })).toContainText('Administrator')
  await expect(accounts).toContainText(PASSWORD)
  await inspect(page, 'sign-in')
})

/** Pages that need no script. */
const PUBLIC = ['/', '/status', '/sign-up', '/forgot', '/reset', '/verify-email', '/change-email', '/invitation']
test('the public pages', async ({ portal }) => {
  const page = await portal.anybody()
  for (const path of PUBLIC) {
    await page.goto(path)
    await expect.soft(page.getByText('This is a demonstration'), path).toBeVisible()
    await inspect(page, path)
  }
})

test('the page that says whether a document is genuine', async ({ portal }) => {
  const page = await portal.as('ada')
  const code = await page.evaluate(async () => {
    const { data: [{ id }] } = await (await fetch('/api/v1/licenses?limit=1')).json()
    const document = await (await fetch(`/api/v1/licenses/${id}?format=pdf`)).text()
    return /\/verify\/([\w.-]+)/.exec(document)![1]!
  })
  await page.goto(`/verify/${code}`)
  await expect(page.getByRole('status')).toBeVisible()
  await inspect(page, 'verify')
})

test('the page that there is not', async ({ portal }) => {
  const page = await portal.anybody()
  await page.goto('/nowhere')
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await inspect(page, 'nowhere')
})

test('the page that describes the API', async ({ portal }) => {
  const page = await portal.anybody()
  await page.goto('/api/v1/docs')
  // There are hundreds of sections, which are all alike: some of them are opened, the rest would take minutes.
  await page.locator('details').evaluateAll((all) => all.forEach((section, at) => {
    if (at % 50 === 0) (section as HTMLDetailsElement).open = true
    else section.remove()
  }))
  await inspect(page, 'docs')
})

test('the pages of somebody who books without an account', async ({ portal }) => {
  test.skip(!mails, 'it is not known where the mails are')
  const page = await portal.anybody()
  const email = `quinn.${Date.now()}@guests.example`
  for await (const at of booking(page, byKeyboard, { name: 'Quinn Adler', email, day: 2 })) await inspect(page, at)
  await page.goto(await linkOf(email))
  await inspect(page, 'the appointment by its link')
  await page.getByRole('link', { name: 'Move' }).click()
  await inspect(page, 'another time for it')
})

test('the pages on which another application is let in', async ({ portal, baseURL }) => {
  const back = `${baseURL}/status`
  const permissions = ['openid', 'profile', 'email', 'offline_access', 'api:read', 'api']
  const details = { name: 'Planner', first_party: false, redirect_uris: [back], post_logout_redirect_uris: [], permissions }
  const { data: { id } } = await post(baseURL!, 'oauth-clients', await tokenOf(baseURL!), { kind: 'public', details })
  const page = await portal.anybody()
  const challenge = createHash('sha256').update('v'.repeat(43)).digest('base64url')
  const request = { response_type: 'code', client_id: id!, redirect_uri: back, scope: permissions.join(' '), code_challenge: challenge, code_challenge_method: 'S256' }
  await page.goto(`/oauth2/authorize?${new URLSearchParams(request)}`)
  await inspect(page, 'signing in for an application')
  await page.getByLabel('E-mail').fill(people.tom)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(page.getByRole('button', { name: 'Allow' })).toBeVisible()
  await inspect(page, 'what it may do')
  await page.goto('/oauth2/logout')
  await inspect(page, 'signing out')
})
