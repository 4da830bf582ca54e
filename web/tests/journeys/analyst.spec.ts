// Somebody asks why a licence is as it is, looks at it as it was, and comes back to now; an analyst asks for a replay, reads
// what came of it, and drops it; another one of a scenario.
import { byKeyboard, hands } from '../hands'
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
    await expect(page.locator('pre')).toContainText(`set search_path = "${name}";`)
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

test('a replay is asked for of a scenario, by keyboard', async ({ portal }) => {
  const page = await portal.as('mira')
  const name = `scenario_${Date.now()}`
  await byKeyboard.press(page.getByRole('button', { name: 'New' }))
  const dialog = page.getByRole('dialog', { name: 'Ask for a replay' })
  // While a field offers things, what is around it is hidden from all but Tab.
  const within = { exact: true, includeHidden: true }
  const button = (name: string) => dialog.getByRole('button', { name, ...within })
  const ask = button('Ask for a replay')
  await byKeyboard.fill(dialog.getByLabel(/^Name/), name)
  await dialog.getByRole('checkbox', { name: 'Services', exact: true }).focus()
  await page.keyboard.press('Space')
  const policies = (name: string) => dialog.getByRole('group', { name, ...within })
  for (const policy of ['Price of services', 'Price of services', 'How licences are issued']) await byKeyboard.press(button(policy))
  await byKeyboard.fill(dialog.getByLabel(/^Label/), 'Dearer')
  const [all, other] = [0, 1].map((at) => policies('Price of services').nth(at))
  await byKeyboard.fill(all!.getByLabel(/^Percent/), '10')
  await byKeyboard.press(ask)
  await expect(other!.getByLabel(/^Percent/)).toHaveAccessibleDescription(/Required/)
  await byKeyboard.fill(other!.getByLabel(/^Percent/), '-50')
  await byKeyboard.press(ask)
  const service = other!.getByRole('combobox', { name: 'Service', ...within })
  await expect(service).toHaveAccessibleDescription(/Another change is about the same/)
  await expect(policies('How licences are issued')).toContainText('Change the term')
  await byKeyboard.fill(service, 'Bridal')
  await expect(page.getByRole('option')).toHaveCount(1)
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await byKeyboard.press(policies('How licences are issued').getByRole('button', { name: 'Remove', ...within }))
  await byKeyboard.press(ask)

  await page.waitForURL(/data\/replays\/./)
  await expect(page.locator('.facts > div').filter({ hasText: /^Status/ })).toContainText('Completed')
  const policy = (name: RegExp) => page.getByRole('region', { name: 'Dearer' }).getByRole('listitem').filter({ hasText: name })
  await expect(policy(/^All services/)).toContainText('+10%')
  await expect(policy(/^Bridal/)).toContainText('-50%')
  await expect(page.getByRole('button', { name: 'Copy: What differs' })).toBeVisible()
  await expect(page.locator('pre').last()).toHaveText(`select * from "${name}".scenario_diff;`)
  await open(page, 'data/replays')
  await expect(page.getByRole('row').filter({ hasText: name })).toContainText(/Dearer\s*Counterfactual/)
})
