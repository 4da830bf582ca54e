// Ways to do the same: with a pointer, by touch, and by keyboard alone, which finds everything by Tab. A journey
// is written once and gone several ways.
import { expect, type Locator } from '@playwright/test'

export interface Hand {
  press: (target: Locator) => Promise<void>
  fill: (target: Locator, text: string) => Promise<void>
}

const pointer: Hand = {
  press: (target) => target.click(),
  fill: (target, text) => target.fill(text),
}

export const byTouch: Hand = {
  press: (target) => target.tap(),
  fill: (target, text) => target.fill(text),
}

/** The screen that is touched. */
export const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }

/** Whoever has to press Tab more often than this has no way there. */
const MOST = 250

/** Goes on by Tab until something of this has the focus; in a toolbar, which is one stop, by an arrow. */
async function reach(target: Locator) {
  await expect(target).toBeVisible()
  for (let pressed = 0; pressed < MOST; pressed++) {
    if (await target.evaluate((element) => element === document.activeElement)) return
    const beside = await target.evaluate((element) => element.closest('[role="toolbar"]')?.contains(document.activeElement))
    await target.page().keyboard.press(beside ? 'ArrowRight' : 'Tab')
  }
  throw new Error(`nobody comes to ${target} by Tab`)
}

export const byKeyboard: Hand = {
  press: async (target) => {
    await reach(target)
    await target.page().keyboard.press('Enter')
  },
  fill: async (target, text) => {
    await reach(target)
    await target.page().keyboard.press('Control+a')
    await target.page().keyboard.insertText(text)
  },
}

export const hands: [name: string, hand: Hand][] = [['with a pointer', pointer], ['by keyboard', byKeyboard]]
