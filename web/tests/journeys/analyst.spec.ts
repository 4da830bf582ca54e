// Somebody asks why a licence is as it is, looks at it as it was, and comes back to now; an analyst asks for a replay, reads
// what came of it, and drops it.
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

for (const [at, [how, hand]] of hands.entries()) {
  test(`a replay is asked for, made and dropped, ${how}`, async ({ portal }) => {
    const page = await portal.as('mira')
    // Who asks questions begins where they are told how.
    await expect(page).toHaveURL(/\/app\/data$/)
    await expect(page.getByText('servicebook analyst create')).toBeVisible()
    const name = `journey_${at}_${Date.now()}`
    await hand.press(page.getByRole('button', { name: 'New' }))
    const dialog = page.getByRole('dialog', { name: 'Ask for a replay' })
    const ask = dialog.getByRole('button', { name: 'Ask for a replay' })
    const field = (label: RegExp) => dialog.getByLabel(label)
    await hand.fill(field(/^Name/), 'pg_catalog')
    await hand.press(ask)
    await expect(field(/^Name/)).toHaveAccessibleDescription(/begins neither/)
    await hand.fill(field(/^Name/), name)
    for (const model of ['Licences', 'Organisations']) {
      await dialog.getByRole('checkbox', { name: model }).focus()
      await page.keyboard.press('Space')
    }
    await hand.press(ask)

    await page.waitForURL(/data\/replays\/./)
    const status = page.locator('.facts > div').filter({ hasText: /^Status/ })
    await expect(status).toContainText('Completed')
    await expect(page.locator('pre')).toContainText(`set search_path = ${name};`)
    const table = (name: string) => page.getByRole('row').filter({ has: page.getByRole('rowheader', { name, exact: true }) })
    await expect(table('licenses')).toContainText(/Licences\D*[1-9]/)
    await expect(table('customers')).toHaveCount(0)

    await hand.press(page.getByRole('button', { name: /^Drop the replay/ }))
    await hand.press(page.getByRole('dialog').getByRole('button', { name: 'Drop the replay' }))
    await expect(status).toContainText('Dropped')
    await expect(page.locator('pre')).toHaveCount(0)
    await expect(page.getByRole('button', { name: /^Drop the replay/ })).toHaveCount(0)
    await open(page, 'data/replays')
    await expect(page.getByRole('row').filter({ hasText: name })).toContainText('Dropped')
  })
}
