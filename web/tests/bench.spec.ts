// How fast the portal is, against its budgets: `web/test browsers bench` prints a table. The network is a phone's,
// 1.6 Mbit/s and 150 ms away, and the processor a quarter as fast, where something is loaded; what one does in the
// calendar is measured as the machine is.
import type { CDPSession, Locator, Page } from '@playwright/test'
import { tokenOf } from './api'
import { budgets, sizes, type Budget } from './budgets'
import { expect, open, settled, test } from './portal'

const BOXES = 400
/** Those of the people who work in the demonstration, on the days on which they do, from Monday. */
const LANES = 4
const OPEN = [1, 2, 3, 4, 5]
/** In days: nobody of the demonstration has booked so early. */
const WEEK_AHEAD = 70
/** So often everything is done in the calendar. */
const TIMES = 24
const rows: string[] = []

function report(figure: Budget, value: number, note = '') {
  const [name, most, unit] = budgets[figure]
  rows.push(`${value <= most ? '✓' : '✗'} ${name.padEnd(44)} ${value.toFixed(0).padStart(6)} ${unit} ${String(most).padStart(6)}  ${note}`)
}

test.describe.configure({ mode: 'serial' })
test.afterAll(() => console.log(`\n${rows.join('\n')}\n`))

test('what is sent', async ({ portal }) => {
  for (const [figure, value] of Object.entries(sizes())) report(figure as Budget, value)
  const page = await portal.anybody()
  await page.goto('/')
  await page.goto(await page.getByRole('link', { name: 'Book an appointment' }).first().getAttribute('href') as string)
  await page.locator('main a').first().click()
  const scripts = await page.evaluate(() => performance.getEntriesByType('resource').map((entry) => entry as PerformanceResourceTiming).filter(({ initiatorType }) => initiatorType === 'script').map(({ encodedBodySize }) => encodedBodySize))
  report('publicScript', scripts.reduce((sum, bytes) => sum + bytes, 0) / 1_000)
})

const PHONE_NETWORK = { offline: false, latency: 150, downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8 }

/** When the largest thing of a page was painted, in ms. */
const largest = (page: Page) => page.evaluate(() => new Promise<number>((resolve) => {
  new PerformanceObserver((list) => resolve(list.getEntries().at(-1)!.startTime)).observe({ type: 'largest-contentful-paint', buffered: true })
}))

async function slow(page: Page): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  await session.send('Network.emulateNetworkConditions', PHONE_NETWORK)
  await session.send('Emulation.setCPUThrottlingRate', { rate: 4 })
  return session
}

test('how long it takes to load', async ({ portal }) => {
  const page = await portal.as('ada')
  const session = await slow(page)
  await session.send('Network.clearBrowserCache')
  await open(page, 'today')
  report('portalCold', await largest(page))
  await open(page, 'today')
  report('portalWarm', await largest(page))
  const visitor = await portal.anybody()
  await slow(visitor)
  await visitor.goto('/', { waitUntil: 'networkidle' })
  report('publicPage', await largest(visitor))
})

test('how soon another person sees it', async ({ portal, baseURL }) => {
  const page = await portal.as('ben')
  await open(page, 'customers?q=Mia')
  await expect(page.locator('.connection.live')).toBeVisible()
  const headers = { Authorization: `Bearer ${await tokenOf(baseURL!)}`, 'Content-Type': 'application/json' }
  const list = (await (await fetch(`${baseURL}/api/v1/customers?q=Mia&limit=1`, { headers })).json()) as { data: { id: string }[] }
  const took: number[] = []
  for (let time = 0; time < TIMES; time++) {
    const name = `Mia Rossi ${time}`
    const seen = page.evaluate((name) => new Promise<number>((resolve) => {
      const look = () => document.body.innerText.includes(name) ? resolve(performance.timeOrigin + performance.now()) : requestAnimationFrame(look)
      look()
    }), name)
    const response = await fetch(`${baseURL}/api/v1/customers/${list.data[0]!.id}/rename`, { method: 'POST', headers: { ...headers, 'Idempotency-Key': crypto.randomUUID() }, body: JSON.stringify({ name }) })
    expect(response.ok, await response.text()).toBe(true)
    const answered = performance.timeOrigin + performance.now()
    took.push((await seen) - answered)
  }
  report('nudge', middle(took), `at worst ${Math.max(...took).toFixed(0)}`)
})

/** A week that is booked full, and is from now on if nobody has asked for it before: its Monday. */
async function fullWeek(base: string): Promise<string> {
  const headers = { Authorization: `Bearer ${await tokenOf(base)}`, 'Content-Type': 'application/json' }
  const request = async (path: string, body?: object): Promise<any> => {
    const response = await fetch(`${base}/api/v1/${path}`, { method: body ? 'POST' : 'GET', headers: { ...headers, 'Idempotency-Key': crypto.randomUUID() }, body: body && JSON.stringify(body) })
    const answer = await response.json()
    if (response.status === 429) {
      await new Promise((resolve) => setTimeout(resolve, Number(response.headers.get('Retry-After')) * 1_000))
      return request(path, body)
    }
    expect(response.ok, JSON.stringify(answer)).toBe(true)
    return answer.data
  }
  const from = new Date()
  from.setUTCDate(from.getUTCDate() + WEEK_AHEAD + ((8 - from.getUTCDay()) % 7))
  const on = (day: number) => new Date(from.getTime() + day * 86_400_000).toISOString().slice(0, 10)
  const monday = on(0)
  if ((await request(`appointments?filter[starts_at]=${monday}T00:00:00Z..${on(7)}T00:00:00Z&limit=1`)).length > 0) return monday
  const people = ((await request('resources?limit=200')) as { id: string; kind: string }[]).filter(({ kind }) => kind === 'person').slice(0, LANES)
  const service = (await request('services', { name: 'Fringe', phases: [{ minutes: 25, needs: ['person'] }], step_minutes: 5, horizon_days: 365, minimum_notice_minutes: 0, public: false })).id
  const customers = await Promise.all(people.map(async (_, lane) => (await request('customers', { name: `Regular ${lane}`, walk_in: true })).id))
  const bookings = OPEN.flatMap((day) => people.flatMap(({ id }, lane) => Array.from({ length: BOXES / OPEN.length / LANES }, (_, at) => {
    const minute = 9 * 60 + at * 25
    return { customer: customers[lane], service, resources: [id], party_size: 1, start: `${on(day)}T${clock(minute / 60)}:${clock(minute % 60)}:00` }
  })))
  while (bookings.length > 0) await Promise.all(bookings.splice(0, 20).map((body) => request('appointments', body)))
  return monday
}

const clock = (part: number) => String(Math.floor(part)).padStart(2, '0')

const middle = (of: number[]) => of.toSorted((one, other) => one - other)[Math.floor(of.length / 2)]!

/** What is done, and how long each time took until it was painted, and of the main thread. */
async function measured(page: Page, session: CDPSession, name: string, act: (time: number) => Promise<void>) {
  const took: { paint: number; cpu: number }[] = []
  const busy = async () => (await session.send('Performance.getMetrics')).metrics.find((metric) => metric.name === 'TaskDuration')!.value * 1_000
  for (let time = 0; time < TIMES; time++) {
    await page.evaluate(() => { globalThis.paints = [] })
    const before = await busy()
    await act(time)
    const paint = await page.evaluate(() => new Promise<number>((resolve) => requestAnimationFrame(() => setTimeout(() => resolve(Math.max(0, ...globalThis.paints)), 50))))
    took.push({ paint, cpu: (await busy()) - before })
    await settled(page)
  }
  const [paints, cpus] = [took.map(({ paint }) => paint), took.map(({ cpu }) => cpu)]
  const [median, worst] = [middle, (of: number[]) => Math.max(...of)].map((what) => [paints, cpus].map((of) => what(of).toFixed(0)))
  report('interaction', middle(paints), `${name}: at worst ${worst![0]}; main thread ${median![1]}, at worst ${worst![1]}`)
}

declare global {
  var paints: number[]
}

test('what one does in a full calendar', async ({ portal, baseURL }) => {
  const page = await portal.as('ben')
  const monday = await fullWeek(baseURL!)
  await page.addInitScript(() => {
    globalThis.paints = []
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) globalThis.paints.push(duration)
    }).observe({ type: 'event', durationThreshold: 16 } as PerformanceObserverInit)
  })
  await open(page, `calendar?view=week&day=${monday}`)
  const boxes = page.locator('.box')
  await expect(boxes).toHaveCount(BOXES)
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  const box = (time: number): Locator => boxes.nth((time * 37) % BOXES)

  await measured(page, session, 'opening', async (time) => {
    await box(time).click()
  })
  await page.keyboard.press('Escape')
  await box(0).focus()
  await page.keyboard.press('m')
  await settled(page)
  await measured(page, session, 'moving by keys', (time) => page.keyboard.press(time % 2 ? 'ArrowUp' : 'ArrowDown'))
  await page.keyboard.press('Escape')
  const grip = (await box(5).boundingBox())!
  await page.mouse.move(grip.x + 10, grip.y + 5)
  await page.mouse.down()
  await measured(page, session, 'dragging', (time) => page.mouse.move(grip.x + 10 + (time % 5) * 40, grip.y + 40 + time * 12))
  await page.mouse.move(grip.x + 10, grip.y + 5)
  await page.mouse.up()
})
