// A client's administrator invites somebody into an organisation below theirs, who gets in by the link in the mail.
import { hands } from '../hands'
import { mailed, mails } from '../mails'
import { expect, open, settled, test } from '../portal'

for (const [how, hand] of hands) {
  test(`a client's administrator invites somebody, who gets in, ${how}`, async ({ portal }) => {
    test.skip(!mails, 'it is not known where the mails are')
    const ines = await portal.as('ines')
    await open(ines, 'organizations')
    await hand.press(ines.getByRole('link', { name: /Northwind Iberia/ }))
    await ines.waitForURL(/organizations\/./)
    await settled(ines)
    await hand.press(ines.getByRole('button', { name: 'Invite' }))
    const email = `lucia.${Date.now()}@northwind.example`
    const inviting = ines.getByRole('dialog')
    await hand.fill(inviting.getByLabel(/^E-mail/), email)
    await inviting.getByLabel(/^Role/).selectOption('client_user')
    await inviting.getByLabel(/^How far it reaches/).selectOption('own')
    await hand.press(inviting.getByRole('button', { name: 'Invite' }))
    await expect(inviting).toBeHidden()
    await expect(ines.getByText(email, { exact: true })).toBeVisible()

    const page = await portal.anybody()
    await page.goto(await mailed(email, /https?:\/\/\S+/))
    await expect(page.getByRole('heading', { level: 1 })).toContainText('Northwind Iberia')
    const password = 'copper lantern seventeen otters'
    await hand.fill(page.getByLabel('Your name'), 'Lucía Vidal')
    await hand.fill(page.getByLabel(/password/i), password)
    await hand.press(page.getByRole('button', { name: 'Create an account' }))
    await expect(page.getByRole('heading', { name: 'You are a member now' })).toBeVisible()
    await hand.press(page.getByRole('main').getByRole('link', { name: 'Sign in' }))
    await hand.fill(page.getByLabel('E-mail'), email)
    await hand.fill(page.getByLabel('Password', { exact: true }), password)
    await hand.press(page.getByRole('button', { name: 'Sign in', exact: true }))
    await expect(page.locator('#content h1')).toBeVisible()
    // They belong to it as soon as what follows from the acceptance has been done.
    await expect(async () => {
      await page.goto('/app/')
      await expect(page.getByRole('heading', { level: 1, name: 'Northwind Iberia' })).toBeVisible({ timeout: 10_000 })
    }).toPass()
    // However little they may see of it, they can ask.
    const places = page.getByRole('navigation', { name: 'Places' })
    await expect(places.getByRole('link')).toHaveText(['Home', 'Inbox', 'Requests'])
    await expect(page.getByRole('link', { name: 'Ask support' })).toBeVisible()
    await expect(page.getByText('Licences', { exact: true })).toBeHidden()
  })
}
