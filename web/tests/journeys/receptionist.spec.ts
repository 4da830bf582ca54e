// A receptionist books, moves, takes it back, checks in, and is told what cannot be.
import { post, tokenOf } from '../api'
import { hands } from '../hands'
import { expect, open, settled, test } from '../portal'

/** By the clock of the salon. */
const today = () => new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Berlin', dateStyle: 'short' }).format(new Date())

for (const [at, [how, hand]] of hands.entries()) {
  test(`a receptionist books, moves, takes it back and is refused, ${how}`, async ({ portal, baseURL }) => {
    const page = await portal.as('ben')
    await open(page, 'calendar?view=agenda')
    await page.keyboard.press('n')
    const booking = page.getByRole('dialog', { name: 'Book an appointment' })
    // Somebody new: whoever is known may have something at the same time.
    const who = `Nora Stein ${Date.now()}`
    await hand.fill(booking.getByLabel('Customer', { exact: true }), `030 555 01${at}9`)
    await hand.press(booking.getByRole('button', { name: /^New customer/ }))
    await expect(booking.getByLabel('Phone or e-mail')).toHaveValue(`030 555 01${at}9`)
    await hand.fill(booking.getByLabel(/^Name/), who)
    await hand.press(booking.getByRole('button', { name: 'Save' }))
    await hand.press(booking.getByRole('button', { name: /^Cut and finish/ }))
    // With somebody, and then with whoever is free first.
    await booking.getByText('Ben', { exact: true }).click()
    await expect(booking.getByRole('radio', { name: 'Ben', exact: true })).toBeChecked()
    await expect(booking.locator('.start').first()).toBeVisible()
    await booking.getByText('First free', { exact: true }).click()
    // One of the last days that are told: there is most room, and nobody else of these tests.
    await hand.press(booking.locator('.date').nth(-1 - at))
    await hand.press(booking.locator('.start').first())
    const answered = page.waitForResponse((response) => response.request().method() === 'POST' && /\/book/.test(response.url()))
    await hand.press(booking.getByRole('button', { name: /^Book / }))
    const { data } = (await (await answered).json()) as { data: { id: string } }
    await expect(booking).toBeHidden()

    await open(page, `appointments/${data.id}`)
    const start = page.locator('.facts > div').filter({ hasText: /^Start/ }).locator('dd')
    const before = await start.innerText()
    await expect(page.locator('.title')).toContainText(who)
    await hand.press(page.getByRole('button', { name: /^Move/ }).first())
    const moving = page.getByRole('dialog', { name: 'Move' })
    await expect(moving).toContainText(`${who} has no e-mail address here: call them at`)
    await hand.press(moving.locator('.start').last())
    await hand.press(moving.getByRole('button', { name: /^Move to/ }))
    await expect(start).not.toHaveText(before)
    // It can be taken back as soon as it is done.
    await expect(async () => {
      await page.keyboard.press('u')
      await expect(start).toHaveText(before, { timeout: 2_000 })
    }).toPass()
    await expect(page.getByRole('region', { name: /^What happened/ })).toContainText('Ben Okafor moved the appointment')

    // An hour before the first time that was free nobody works, or somebody else comes.
    const day = await page.evaluate(async (id) => (await (await fetch(`/api/v1/appointments/${id}`)).json()).data.start.slice(0, 10), data.id)
    await open(page, `calendar?view=day&day=${day}`)
    const box = page.locator(`.box[data-id="${data.id}"]`).first()
    const name = (await box.getAttribute('aria-label'))!
    await box.focus()
    await page.keyboard.press('m')
    for (let pressed = 0; pressed < 4; pressed++) await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Enter')
    await expect(page.locator('.toast.bad')).toBeVisible()
    await expect(box).toHaveAttribute('aria-label', name)

    // Before anybody works today there is room, for those who say why.
    await open(page, `appointments/${data.id}`)
    await expect(page.getByRole('button', { name: /^Check in/ })).toBeHidden()
    await hand.press(page.getByRole('button', { name: /^Move/ }).first())
    await moving.getByLabel('Outside the hours').check()
    await moving.getByLabel('When').fill(`${today()}T0${2 + 2 * at}:00`)
    await hand.fill(moving.getByLabel('Reason'), 'Comes before work.')
    await hand.press(moving.getByRole('button', { name: /^Move to .* with / }))
    await hand.press(page.getByRole('button', { name: /^Check in/ }))
    await expect(page.locator('.toast').last()).toContainText('is here')
    await expect(page.getByRole('button', { name: /^Finish/ })).toBeVisible()
    await hand.press(page.locator('.toast').last().getByRole('button', { name: 'Undo' }))
    await expect(page.locator('.toast').last()).toContainText('is not here yet')
    await expect(page.getByRole('button', { name: /^Check in/ })).toBeVisible()
    // So that there is room the next time as well.
    await post(baseURL!, `appointments/${data.id}/cancel`, await tokenOf(baseURL!), {})
  })
}

test('what was asked for in an outage is there when the outage is over', async ({ portal }) => {
  const page = await portal.as('ben')
  let away = /stream/
  await page.route('**/api/v1/**', (route) => (away.test(route.request().url()) ? route.abort('connectionrefused') : route.continue()))
  await page.reload()
  await settled(page)
  away = /api/
  await page.getByRole('button', { name: 'Later' }).click()
  await expect(page.getByRole('alert')).toBeVisible()
  away = /nothing/
  await expect(page.getByRole('alert')).toBeHidden()
  await expect(page.locator('.grid')).toBeVisible()
})

test('a calendar that is left open shows the next day from midnight on, by the clock of the salon', async ({ portal }) => {
  const page = await portal.as('ben')
  await page.clock.install({ time: '2027-03-28T21:50:00Z' })
  const todays = page.locator('.day.today')
  await open(page, 'calendar')
  await expect(todays).toHaveAccessibleName('Sunday 28 March')
  await page.clock.fastForward('00:15:00')
  await expect(todays).toHaveAccessibleName('Monday 29 March')
})
