// Somebody without an account books on their phone, and moves it by the link of the mail; the receptionist
// sees both at once.
import { booking, linkOf } from '../guest'
import { byKeyboard, byTouch, PHONE } from '../hands'
import { mails } from '../mails'
import { expect, open, test } from '../portal'

const ways = [['on a phone', byTouch, PHONE], ['by keyboard', byKeyboard, undefined]] as const

for (const [day, [how, hand, screen]] of ways.entries()) {
  test(`somebody books without an account and moves it, ${how}`, async ({ portal }) => {
    test.skip(!mails, 'it is not known where the mails are')
    const [ben, page] = [await portal.as('ben'), await portal.anybody(screen)]
    const name = `Paula Kern ${Date.now()}`
    const email = `paula.${Date.now()}@guests.example`
    const box = ben.locator('.box').filter({ hasText: name }).first()
    let date = ''
    for await (const at of booking(page, hand, { name, email, day })) {
      if (at !== 'times') continue
      date = new URL(page.url()).searchParams.get('day')!
      await open(ben, `calendar?view=day&day=${date}`)
      await expect(ben.locator('.connection.live')).toBeVisible()
    }
    await expect(box).toBeVisible()
    const before = (await box.getAttribute('aria-label'))!

    await page.goto(await linkOf(email))
    const start = page.locator('.chosen b')
    const shown = await start.innerText()
    await hand.press(page.getByRole('link', { name: 'Move' }))
    await hand.press(page.locator(`.days a[href*="day=${date}"]`))
    await page.waitForURL(/day=/)
    await expect(page.locator('.days [aria-current]')).toBeInViewport({ ratio: 1 })
    await hand.press(page.locator('button.time').last())
    await expect(page.getByRole('status')).toContainText('Your appointment is moved')
    await expect(start).not.toHaveText(shown)
    await expect(box).not.toHaveAttribute('aria-label', before)
  })
}
