// What is written can be read, and what can be used can be seen, in both schemes: the contrast of all pairs of
// tokens that stand upon each other (WCAG 1.4.3 and 1.4.11). axe sees no edges, and only what is on a page.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { hues } from './value'

const TEXT = 4.5
const EDGE = 3
const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8')
const tokens = new Map([...css.matchAll(/--([\w-]+): (.+);/g)].map(([, name, value]) => [name!, value!]))

type Colour = [red: number, green: number, blue: number]
type Scheme = 'light' | 'dark'

/** The parts of `name(a, b(c, d))`: what stands between the outer commas. */
function parts(value: string): string[] {
  const inner = value.slice(value.indexOf('(') + 1, -1)
  let depth = 0
  return [...inner].reduce<string[]>((found, sign) => {
    if (sign === ',' && depth === 0) return [...found, '']
    depth += Number(sign === '(') - Number(sign === ')')
    return [...found.slice(0, -1), found.at(-1)! + sign]
  }, ['']).map((part) => part.trim())
}

/** What a colour of the style sheet is, from 0 to 1. */
function colour(value: string, scheme: Scheme, hue = 0): Colour {
  if (value.startsWith('light-dark')) return colour(parts(value)[scheme === 'light' ? 0 : 1]!, scheme, hue)
  if (value.startsWith('color-mix')) {
    const [, first, second] = parts(value)
    const [one, share] = first!.split(' ')
    const [a, b] = [colour(one!, scheme), colour(second!, scheme)]
    return a.map((of, at) => of * (parseFloat(share!) / 100) + b[at]! * (1 - parseFloat(share!) / 100)) as Colour
  }
  if (value.startsWith('oklch')) {
    const [lightness, chroma] = parts(value)[0]!.split(' ').map(parseFloat)
    return ofOklch(lightness!, chroma!, hue)
  }
  const digits = value.length === 4 ? [...value.slice(1)].map((digit) => digit + digit) : value.slice(1).match(/../g)!
  return digits.map((digit) => parseInt(digit, 16) / 255) as Colour
}

const straight = (part: number) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
const curved = (part: number) => Math.min(1, Math.max(0, part <= 0.0031308 ? 12.92 * part : 1.055 * part ** (1 / 2.4) - 0.055))

function ofOklch(lightness: number, chroma: number, hue: number): Colour {
  const [a, b] = [chroma * Math.cos((hue * Math.PI) / 180), chroma * Math.sin((hue * Math.PI) / 180)]
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  return [
    curved(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    curved(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    curved(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ]
}

const light = ([red, green, blue]: Colour) => 0.2126 * straight(red) + 0.7152 * straight(green) + 0.0722 * straight(blue)
function contrast(one: Colour, other: Colour) {
  const [brighter, darker] = [light(one), light(other)].sort((a, b) => b - a)
  return (brighter! + 0.05) / (darker! + 0.05)
}

const GROUNDS = ['ground', 'card', 'raised', 'sunken']
const every = (fronts: string[], grounds: string[]) => fronts.flatMap((front) => grounds.map((ground) => [front, ground] as const))

const texts = [
  ...every(['ink', 'ink-2', 'ink-3', 'accent'], [...GROUNDS, 'selected']),
  ...every(['ok', 'warn', 'bad', 'info'], GROUNDS),
  ...['ok', 'warn', 'bad', 'info'].map((state) => [state, `${state}-bg`] as const),
  ['on-accent', 'accent'], ['on-deep', 'deep'], ['ground', 'ink'],
] as const
const edges = [...every(['edge', 'accent', 'bad'], GROUNDS), ['accent', 'selected']] as const

test('black upon white is as far apart as can be', () => {
  expect(contrast(colour('#000', 'light'), colour('#ffffff', 'light'))).toBe(21)
  expect(contrast(colour('oklch(0 0 var(--hue))', 'light'), colour('oklch(1 0 var(--hue))', 'light'))).toBeCloseTo(21, 2)
})

test.each(['light', 'dark'] satisfies Scheme[])('a main button that cannot be pressed is told from one that can in the %s', (scheme) => {
  const of = (rule: string) => (property: string) => {
    const body = css.slice(css.indexOf(rule) + rule.length).split('}')[0]!
    return colour(tokens.get(new RegExp(`[ ;]${property}: var\\(--([\\w-]+)\\)`).exec(body)![1]!)!, scheme)
  }
  const [main, off] = [of('.button.first {'), of('.button.first:is([data-disabled], :disabled) {')]
  expect(contrast(main('background'), off('background'))).toBeGreaterThan(EDGE)
  expect(contrast(off('color'), off('background'))).toBeGreaterThan(TEXT)
})

test.each(['light', 'dark'] satisfies Scheme[])('all is readable in the %s', (scheme) => {
  const of = (name: string, hue?: number) => colour(tokens.get(name)!, scheme, hue)
  const weak = (pairs: readonly (readonly [string, string])[], least: number, hue?: number) =>
    pairs.filter(([front, ground]) => contrast(of(front, hue), of(ground, hue)) < least)
      .map(([front, ground]) => `${front} on ${ground}: ${contrast(of(front, hue), of(ground, hue)).toFixed(2)}${hue ? ` (hue ${hue})` : ''}`)
  expect(weak(texts, TEXT)).toEqual([])
  expect(weak(edges, EDGE)).toEqual([])
  for (const hue of hues) {
    expect(weak([['on-person', 'person']], TEXT, hue)).toEqual([])
    expect(weak([['person-edge', 'card']], EDGE, hue)).toEqual([])
  }
})
