// An administrator reads a purchase that was put aside, mends the cause, and has it processed again.
import { post, tokenOf } from '../api'
import { hands } from '../hands'
import { expect, open, settled, test } from '../portal'
import { sell } from '../shop'

for (const [at, [how, hand]] of hands.entries()) {
  test(`an administrator mends a purchase that was put aside, ${how}`, async ({ portal, baseURL }) => {
    const sku = `harbour-${Date.now()}${at}`
    await sell(baseURL!, sku)
    const page = await portal.as('ada')
    await open(page, 'parked')
    await hand.press(page.getByRole('link', { name: new RegExp(sku, 'i') }).first())
    await page.waitForURL(/parked\/./)
    await settled(page)
    await expect(page.locator('main')).toContainText('harbour')

    await open(page, 'products')
    await hand.press(page.getByRole('button', { name: /^New/ }))
    const making = page.getByRole('dialog')
    await hand.fill(making.getByLabel(/^SKU|^Article/i), sku)
    await hand.fill(making.getByLabel(/^Name/), `Harbour ${sku}`)
    const answered = page.waitForResponse((response) => response.request().method() === 'POST' && /\/products$/.test(response.url()))
    await hand.press(making.getByRole('button', { name: 'Save' }))
    const { data } = (await (await answered).json()) as { data: { id: string } }
    await expect(making).toBeHidden()
    await post(baseURL!, `products/${data.id}/set-issuance-policy`, await tokenOf(baseURL!), { policy: { term: 'perpetual' } })

    await open(page, 'parked')
    await hand.press(page.getByRole('link', { name: new RegExp(sku, 'i') }).first())
    await page.waitForURL(/parked\/./)
    await settled(page)
    await hand.press(page.getByRole('button', { name: /^Process again/ }))
    const again = page.getByRole('dialog')
    await hand.press(again.getByRole('button').last())
    await expect(page.locator('.facts')).toContainText(/Reprocessed|Processed/i)
  })
}

test('a list is looked at as it was, and nothing is changed there', async ({ portal, baseURL }) => {
  const name = `Wanda ${Date.now()}`
  await post(baseURL!, 'customers', await tokenOf(baseURL!), { name, walk_in: true })
  const page = await portal.as('ada')
  await open(page, `customers?q=${encodeURIComponent(name)}`)
  const row = page.getByRole('link', { name })
  const create = page.getByRole('button', { name: 'New', exact: true })
  await expect(row).toBeVisible()
  await page.getByRole('button', { name: 'As it was before' }).click()
  const before = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Berlin', dateStyle: 'short', timeStyle: 'short' }).format(Date.now() - 60_000)
  await page.getByLabel('As it was before').last().fill(before.replace(' ', 'T'))
  await page.getByRole('button', { name: 'Show', exact: true }).click()
  await expect(page.getByRole('status').filter({ hasText: 'As it was' })).toBeVisible()
  await expect(row).toBeHidden()
  await expect(create).toBeHidden()
  await page.getByRole('button', { name: 'Back to now' }).click()
  await expect(row).toBeVisible()
  await expect(create).toBeVisible()
})

test('somebody who wants to be forgotten is erased, once their name is typed', async ({ portal, baseURL }) => {
  const name = `Ottilie Brandt ${Date.now()}`
  const { data: { id } } = await post(baseURL!, 'customers', await tokenOf(baseURL!), { name, walk_in: true })
  const clara = await portal.as('clara')
  await open(clara, `customers/${id}`)
  await expect(clara.getByRole('button', { name: 'Erase the personal data' })).toBeHidden()

  const page = await portal.as('ada')
  await open(page, `customers/${id}`)
  await page.getByRole('button', { name: 'Erase the personal data' }).click()
  const dialogue = page.getByRole('dialog')
  const erase = dialogue.getByRole('button', { name: 'Erase the personal data' })
  await dialogue.getByLabel(/^To confirm/).fill('Ottilie')
  await expect(erase).toBeDisabled()
  await dialogue.getByLabel(/^To confirm/).fill(name)
  await dialogue.getByText('It was kept as long as it had to be').click()
  await erase.click()
  await expect(dialogue).toContainText('The personal data is erased')
  await dialogue.getByRole('button', { name: 'Close' }).click()
  await expect(page.locator('main')).not.toContainText(name)
  await expect(page.getByRole('button', { name: 'Erase the personal data' })).toBeHidden()
})
