// Somebody asks why a licence is as it is, looks at it as it was, and comes back to now.
import { hands } from '../hands'
import { expect, open, settled, test } from '../portal'

for (const [how, hand] of hands) {
  test(`a licence is asked why, and looked at as it was, ${how}`, async ({ portal }) => {
    const page = await portal.as('ada')
    await open(page, 'licenses?view=suspended')
    await hand.press(page.locator('main tbody a').filter({ hasText: /Atlas|Harbour/ }).first())
    await page.waitForURL(/licenses\/./)
    await settled(page)
    const fact = (name: RegExp) => page.locator('.facts > div').filter({ hasText: name }).first()
    await expect(fact(/^Status/)).toContainText('Suspended')
    await hand.press(fact(/^Reason/).getByRole('button', { name: /^Why/ }))
    await expect(page.getByRole('dialog')).toContainText('suspended the licence')
    await page.keyboard.press('Escape')
    await hand.press(page.getByRole('button', { name: 'As it was before' }))
    const past = page.getByRole('status').filter({ hasText: 'As it was:' })
    await expect(past).toBeVisible()
    await expect(fact(/^Status/)).toContainText('Active')
    await hand.press(page.getByRole('button', { name: 'Back to now' }))
    await expect(past).toBeHidden()
    await expect(fact(/^Status/)).toContainText('Suspended')
  })
}
