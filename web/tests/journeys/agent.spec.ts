// An agent answers, and the client sees it at once.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Page } from '@playwright/test'
import { inspect } from '../axe'
import { hands } from '../hands'
import { expect, open, test } from '../portal'

/** How many notices about a thing somebody has not read. */
const unread = (page: Page, id: string) => page.evaluate(async (id) => (await (await fetch(`/api/v1/notifications?filter[about_id]=${id}&filter[read]=false`)).json()).data.length as number, id)

for (const [how, hand] of hands) {
  test(`an agent answers, and the client sees it at once, ${how}`, async ({ portal }) => {
    const [sam, ines] = await Promise.all([portal.as('sam'), portal.as('ines')])
    await open(ines, 'issues')
    const issue = ines.locator('main a[href^="/app/issues/"]').filter({ hasText: 'Branches show' }).first()
    const path = (await issue.getAttribute('href'))!.split('?')[0]!.slice('/app/'.length)
    await Promise.all([open(ines, path), open(sam, path)])
    await expect(ines.locator('.connection.live')).toBeVisible()
    const reply = `We looked into it, ${how}, at ${Date.now()}.`
    await hand.fill(sam.getByRole('textbox', { name: 'Reply' }), reply)
    await hand.press(sam.getByRole('button', { name: /^Send/ }).last())
    await expect(sam.getByText(reply)).toBeVisible()
    await expect(ines.getByText(reply)).toBeVisible()
    // Who looks at it has read what they were told of it.
    await expect.poll(() => unread(sam, path.split('/')[1]!)).toBe(0)
  })
}

test('a request is looked at as it was, and answered as it is', async ({ portal }) => {
  const page = await portal.as('sam')
  await open(page, 'issues')
  await page.locator('[data-row]').first().click()
  const reply = page.getByRole('textbox', { name: 'Reply' })
  await expect(reply).toBeVisible()
  await page.getByRole('button', { name: 'As it was before' }).click()
  await expect(page.getByRole('status').filter({ hasText: 'As it was' })).toBeVisible()
  await expect(reply).toBeHidden()
  await page.keyboard.press('Escape')
  await expect(reply).toBeVisible()
})

test('views that are saved on two devices at once are both kept', async ({ portal }) => {
  const [one, other] = await Promise.all([portal.as('ben'), portal.as('ben')])
  const now = Date.now()
  const views = [[one, `On one ${now}`, `customers?q=an${now}`], [other, `On the other ${now}`, `customers?q=be${now}`]] as const
  await Promise.all(views.map(([page, , path]) => open(page, path)))
  for (const [page, name] of views) {
    await page.getByRole('button', { name: 'Save as a view' }).click()
    await page.getByRole('dialog').getByRole('textbox').fill(name)
    await page.keyboard.press('Enter')
    await expect(page.getByRole('button', { name: `Forget “${name}”` })).toBeVisible()
  }
  await open(one, views[0][2])
  for (const [, name] of views) await expect(one.getByText(name, { exact: true })).toBeVisible()
  for (const [page, name] of views) {
    // It is gone at once, before the server knows.
    const forgotten = page.waitForResponse((response) => response.request().method() === 'PUT' && response.ok())
    await page.getByRole('button', { name: `Forget “${name}”` }).click()
    await expect(page.getByText(name, { exact: true })).toBeHidden()
    await forgotten
  }
})

test('a client sends files with an answer, and the agent sees, saves and removes them', async ({ portal }) => {
  const [sam, ines] = await Promise.all([portal.as('sam'), portal.as('ines')])
  const { data: [issue] } = await ines.evaluate(async () => (await fetch('/api/v1/issues?q=Branches')).json())
  await Promise.all([open(ines, `issues/${issue.id}`), open(sam, `issues/${issue.id}`)])
  const name = `notes ${Date.now()}.md`
  const picture = { name: `picture ${Date.now()}.png`, mimeType: 'image/png', buffer: await ines.screenshot() }
  // What browsers call a file differs from system to system.
  const notes = { name, mimeType: 'text/x-unknown', buffer: Buffer.from('It jams.') }
  await ines.locator('input[type="file"]').setInputFiles([notes, picture, { name: 'a.exe', mimeType: '', buffer: Buffer.from('MZ') }])
  const send = ines.getByRole('button', { name: /^Send/ })
  await expect(ines.getByRole('alert')).toHaveText('Files of this type are not taken.')
  await expect(send).toBeDisabled()
  await ines.getByRole('button', { name: 'Remove: a.exe' }).click()
  await send.click()
  await expect(ines.locator('.comments').getByText(picture.name)).toBeInViewport()
  await expect(sam.getByText(name)).toBeVisible()
  // A picture is shown small, as soon as it is in sight.
  await sam.locator('.attachment img').last().scrollIntoViewIfNeeded()
  await expect.poll(() => sam.locator('.attachment img').last().evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0)
  const [download] = await Promise.all([sam.waitForEvent('download'), sam.getByRole('button', { name: `Download: ${name}` }).click()])
  expect(readFileSync(await download.path(), 'utf8')).toBe('It jams.')
  await inspect(sam, 'a request with files')
  await sam.getByRole('button', { name: `Remove: ${name}` }).click()
  await sam.getByLabel('Reason').fill('It names somebody.')
  await sam.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click()
  await expect(sam.locator('.attachment').filter({ hasText: name })).toBeHidden()
  await open(ines, `issues/${issue.id}`)
  await expect(ines.locator('.attachment').filter({ hasText: name })).toBeHidden()
})

test('a large file goes on after the connection broke', async ({ portal }) => {
  const [sam, ines] = await Promise.all([portal.as('sam'), portal.as('ines')])
  const { data: [issue] } = await ines.evaluate(async () => (await fetch('/api/v1/issues?q=Branches')).json())
  await Promise.all([open(ines, `issues/${issue.id}`), open(sam, `issues/${issue.id}`)])
  const network = await ines.context().newCDPSession(ines)
  const connect = (to: { offline?: boolean; uploadThroughput?: number }) =>
    network.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1, ...to })
  const offsets: number[] = []
  ines.on('request', (request) => {
    if (request.method() === 'PATCH') offsets.push(Number(request.headers()['upload-offset']))
  })
  const name = `log ${Date.now()}.txt`
  // So slow that it breaks before all has come, however busy the machine is.
  await connect({ uploadThroughput: 1.5 * 2 ** 20 })
  const log = test.info().outputPath(name)
  writeFileSync(log, Buffer.alloc(9 * 2 ** 20, 'It jams. '))
  await ines.locator('input[type="file"]').setInputFiles(log)
  const progress = ines.getByRole('progressbar', { name })
  await expect.poll(() => progress.evaluate((bar: HTMLProgressElement) => bar.value)).toBeGreaterThan(0.4)
  await connect({ offline: true })
  await expect(ines.getByText('It goes on when there is a connection again.')).toBeVisible()
  await expect(ines.getByRole('button', { name: /^Send/ })).toBeDisabled()
  await connect({})
  await ines.getByRole('button', { name: /^Send/ }).click()
  await expect(sam.getByText(name)).toBeVisible()
  // What came before the break was not sent again.
  expect(offsets[0]).toBe(0)
  expect(offsets.at(-1)).toBeGreaterThan(2 ** 20)
  rmSync(log)
})

test('what was typed is not lost by going elsewhere', async ({ portal }) => {
  const page = await portal.as('sam')
  await open(page, 'issues')
  await page.locator('[data-row]').nth(1).click()
  const reply = page.getByRole('textbox', { name: 'Reply' })
  await reply.fill('Half an answer')
  page.once('dialog', (question) => void question.dismiss())
  await page.goBack()
  await expect(reply).toHaveValue('Half an answer')
  page.once('dialog', (question) => void question.accept())
  await page.locator('[data-row]').first().click()
  await expect(reply).toHaveValue('')
})

test('what an agent asks about a licence is its organisation’s', async ({ portal }) => {
  const sam = await portal.as('sam')
  await open(sam, 'licenses?view=active')
  await sam.getByRole('link', { name: 'Atlas Editor, Atelier Rousseau' }).click()
  await sam.getByRole('link', { name: 'Ask to renew' }).click()
  const asking = sam.getByRole('dialog', { name: 'New request' })
  await expect(asking.getByLabel('Organisation')).toHaveValue('Atelier Rousseau')
  await asking.getByRole('button', { name: 'Send' }).click()
  await sam.waitForURL(/issues\/[\da-f-]{36}/)
  await expect(sam.getByRole('link', { name: 'Atelier Rousseau' }).first()).toBeVisible()
})
