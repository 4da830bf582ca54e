// An administrator writes what the licences of a product say in German; whoever reads German has it in the next one.
import type { Page } from '@playwright/test'
import { post, tokenOf } from '../api'
import { hands } from '../hands'
import { expect, open, settled, test } from '../portal'
import { sell } from '../shop'

/** A product of which a licence was sold. */
async function sold(base: string, sku: string): Promise<string> {
  const ada = await tokenOf(base)
  const { data } = await post(base, 'products', ada, { sku, name: `Linden ${sku}` })
  await post(base, `products/${data.id}/set-issuance-policy`, ada, { policy: { term: 'perpetual' } })
  await sell(base, sku)
  return data.id!
}

/** The document to which the page of the licence leads; its headings are in it as they are written. */
async function documentOf(page: Page): Promise<string> {
  const address = await page.getByRole('link', { name: 'PDF' }).getAttribute('href')
  return (await (await page.request.get(address!)).body()).toString('latin1')
}

for (const [at, [how, hand]] of hands.entries()) {
  test(`an administrator writes what a licence says, ${how}`, async ({ portal, baseURL }) => {
    const sku = `linden-${Date.now()}${at}`
    const product = await sold(baseURL!, sku)
    const clara = await portal.as('clara')
    await open(clara, `licenses?q=${sku}`)
    await expect(clara.getByRole('link', { name: new RegExp(sku) })).toBeVisible()
    await clara.getByRole('link', { name: new RegExp(sku) }).click()
    await settled(clara)
    expect(await documentOf(clara)).toContain('/Title(Lizenz)')

    const page = await portal.as('ada')
    // By what is written on it: while the way by keyboard leads through a field that offers something, the rest has no role.
    const button = (name: string) => page.locator('button', { hasText: name })
    await open(page, `products/${product}`)
    await hand.press(page.getByRole('link', { name: 'New template' }))
    await settled(page)
    await page.getByLabel('Language').selectOption('de')
    const text = page.locator('textarea[name="/text"]')
    await expect(text).toHaveValue(/# Lizenz\n/)
    const builtIn = await text.inputValue()
    await hand.fill(text, builtIn.replace('# Lizenz', '# Salonlizenz').replace('{{ sku }}', '{{ sku }'))
    await hand.press(button('Preview'))
    const line = builtIn.split('\n').findIndex((line) => line.includes('{{ sku }}')) + 1
    await expect(page.getByRole('alert')).toContainText(`Line ${line}, column`)
    await expect(text).toBeFocused()
    expect(await text.evaluate((area: HTMLTextAreaElement) => area.value.slice(area.selectionStart, area.selectionEnd))).toBe('} |')

    await page.keyboard.insertText('}} |')
    await hand.press(button('Preview'))
    await expect(page.getByTitle('Preview')).toBeVisible()
    await expect(page.getByRole('alert')).toBeHidden()
    await hand.press(button('Publish'))
    await page.waitForURL(/document-templates\/[\da-f-]{36}/)
    await settled(page)
    await expect(page.locator('.facts')).toContainText(sku)
    expect(await documentOf(clara)).toContain('/Title(Salonlizenz)')
  })
}
