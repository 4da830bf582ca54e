// Two ways to do the same: with a pointer, and by keyboard alone, which finds everything by Tab. A journey is
// written once and gone both ways.
import { expect, type Locator } from '@playwright/test'

export interface Hand {
  press: (target: Locator) => Promise<void>
  fill: (target: Locator, text: string) => Promise<void>
  /** One of several, of which only one is chosen. */
  choose: (radio: Locator) => Promise<void>
}

const pointer: Hand = {
  press: (target) => target.click(),
  fill: (target, text) => target.fill(text),
  choose: (radio) => radio.check(),
}

/** Whoever has to press Tab more often than this has no way there. */
const MOST = 250

/** Goes on by Tab until something of this has the focus. */
async function reach(target: Locator, arrived: (element: Element) => boolean = (element) => element === document.activeElement) {
  await expect(target).toBeVisible()
  for (let pressed = 0; pressed < MOST; pressed++) {
    if (await target.evaluate(arrived)) return
    await target.page().keyboard.press('Tab')
  }
  throw new Error(`nobody comes to ${target} by Tab`)
}

const keyboard: Hand = {
  press: async (target) => {
    await reach(target)
    await target.page().keyboard.press('Enter')
  },
  fill: async (target, text) => {
    await reach(target)
    await target.page().keyboard.press('Control+a')
    await target.page().keyboard.insertText(text)
  },
  choose: async (radio) => {
    const { keyboard } = radio.page()
    await reach(radio, (element) => document.activeElement instanceof HTMLInputElement && document.activeElement.name === (element as HTMLInputElement).name)
    for (let pressed = 0; pressed < MOST && !(await radio.isChecked()); pressed++) await keyboard.press('ArrowDown')
    if (!(await radio.evaluate((element) => element === document.activeElement))) await keyboard.press('Space')
    await expect(radio).toBeChecked()
  },
}

export const hands: [name: string, hand: Hand][] = [['with a pointer', pointer], ['by keyboard', keyboard]]
