// Somebody sets an authenticator app up: by the picture or the key, with codes to keep, and signs in by one of them.
import { createHmac } from 'node:crypto'
import { post, tokenOf } from '../api'
import { expect, open, settled, test } from '../portal'

const BASE_32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const STEP = 30_000
/** One that nobody guesses first, unlike that of the demonstration. */
const OWN = 'correct horse battery staple'

/** What an app shows that knows a key (RFC 6238). */
function codeOf(key: string) {
  const bits = [...key].map((letter) => BASE_32.indexOf(letter).toString(2).padStart(5, '0')).join('')
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / STEP)))
  const digest = createHmac('sha1', Buffer.from(bits.match(/.{8}/g)!.map((byte) => parseInt(byte, 2)))).update(counter).digest()
  const number = digest.readUInt32BE(digest[19]! & 15) & 0x7fff_ffff
  return `${number % 1_000_000}`.padStart(6, '0')
}

test('somebody proves themselves by an authenticator app from now on', async ({ portal, baseURL }) => {
  const ada = await tokenOf(baseURL!)
  const email = `otto-${Date.now()}@salon.example`
  await post(baseURL!, 'users', ada, { email, name: 'Otto Sommer', password: OWN, role: 'employee', language: 'en' })
  const page = await portal.anybody()
  const signIn = async () => {
    await page.goto('/app/sign-in')
    await page.getByLabel('E-mail').fill(email)
    await page.getByLabel('Password', { exact: true }).fill(OWN)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  }
  await signIn()
  await expect(page.locator('#content h1')).toBeVisible()
  await settled(page)

  await open(page, 'me/security')
  await page.getByRole('button', { name: 'Set up an authenticator app' }).click()
  const proving = page.getByRole('dialog')
  await proving.locator('input[type=password]').fill(OWN)
  await proving.getByRole('button').last().click()
  const picture = page.getByRole('img', { name: 'QR code' })
  await expect(picture).toBeVisible()
  expect(await picture.evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth > 0)).toBe(true)
  const key = (await page.locator('.secret').textContent())!.replace(/\s/g, '')

  await page.getByRole('button', { name: 'Switch the authenticator app on' }).click()
  const confirming = page.getByRole('dialog')
  await confirming.getByLabel(/^Code/).fill(codeOf(key))
  await confirming.getByRole('button').last().click()
  const codes = confirming.locator('pre')
  await expect(codes).toContainText(/\S/)
  const kept = (await codes.textContent())!.trim().split('\n')
  expect(kept.length).toBeGreaterThan(5)
  // What is printed is the codes and nothing else.
  await page.emulateMedia({ media: 'print' })
  await expect(codes).toBeVisible()
  await expect(page.locator('#content')).toBeHidden()
  await page.emulateMedia({ media: 'screen' })
  await confirming.getByRole('button').last().click()
  await settled(page)
  await expect(page.getByText(`${kept.length} recovery codes are left`)).toBeVisible()

  await page.context().clearCookies()
  await signIn()
  await page.getByRole('button', { name: 'Use a recovery code' }).click()
  await page.getByLabel('Recovery code').fill(kept[0]!)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(page.locator('#content h1')).toBeVisible()
  await settled(page)
  await open(page, 'me/security')
  await expect(page.getByText(`${kept.length - 1} recovery codes are left`)).toBeVisible()
})

test('the provider of an organisation is offered to whoever types an address of its domain, and leads back to the page one wanted', async ({ portal, baseURL }) => {
  const ada = await tokenOf(baseURL!)
  const name = `Fleetworks ${Date.now()}`
  const { data: cabinet } = await post(baseURL!, 'cabinets', ada, { name })
  const domain = `fleetworks-${Date.now()}.example`
  const settings = { name, domain, issuer: 'https://login.fleetworks.example', client_id: 'servicebook' }
  const { data: provider } = await post(baseURL!, 'identity-providers', ada, { cabinet: cabinet.id, settings })
  const page = await portal.anybody()
  const link = page.getByRole('link', { name: `Sign in with ${name}` })
  await expect(async () => {
    await page.goto('/app/licenses')
    await expect(link).toHaveCount(0)
    await page.getByLabel('E-mail').fill(`fay@${domain}`)
    await expect(link).toBeVisible({ timeout: 2_000 })
  }).toPass()
  await expect(link).toHaveAttribute('href', `/oauth2/providers/${provider.id}?to=%2Flicenses`)
  await post(baseURL!, `identity-providers/${provider.id}/disable`, ada, {})
})

test('somebody asks for a new password and for another address, and is told of the mails', async ({ portal, baseURL }) => {
  const ada = await tokenOf(baseURL!)
  const email = `uma-${Date.now()}@salon.example`
  await post(baseURL!, 'users', ada, { email, name: 'Uma Lind', password: OWN, role: 'employee', language: 'en' })
  const page = await portal.anybody()
  await page.goto('/app/sign-in')
  await page.getByLabel('E-mail').fill(email)
  await page.getByRole('button', { name: 'Set a new password' }).click()
  await expect(page.getByRole('status')).toHaveText(`If ${email} has an account, a link is on its way there.`)
  await expect(page.getByRole('alert')).toBeHidden()

  await page.getByLabel('Password', { exact: true }).fill(OWN)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(page.locator('#content h1')).toBeVisible()
  await open(page, 'me')
  await page.getByRole('button', { name: 'Change the e-mail address' }).click()
  const changing = page.getByRole('dialog')
  await changing.getByLabel(/^E-mail/).fill(`new-${email}`)
  await changing.locator('input[type=password]').fill(OWN)
  await changing.getByRole('button').last().click()
  await expect(changing).toBeHidden()
  await expect(page.locator('.toast').last()).toContainText('link')
})
