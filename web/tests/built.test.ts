// What is loaded stays small: the built portal against its budgets, as it is sent (brotli).
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

/** In kB, as they are sent. */
const FIRST_SCREEN = 185
const FURTHER_ROUTE = 25
const STYLES = 12
const LATIN = 50
const CYRILLIC = 19
/** Of all that the program carries: what is sent compressed, twice. */
const EMBEDDED = 1_500

const dist = new URL('../dist', import.meta.url).pathname
const assets = join(dist, 'assets')
const files = existsSync(assets) ? readdirSync(assets) : []
const sent = (file: string) => statSync(join(assets, existsSync(join(assets, `${file}.br`)) ? `${file}.br` : file)).size / 1_000
const total = (of: Iterable<string>) => [...of].reduce((sum, file) => sum + sent(file), 0)
const text = (file: string) => readFileSync(join(assets, file), 'utf8')

/** A script and all that it cannot begin without. */
function whole(script: string, found = new Set<string>()): Set<string> {
  if (found.has(script)) return found
  found.add(script)
  for (const [, needed] of text(script).matchAll(/(?:from|import)"\.\/([^"]+\.js)"/g)) whole(needed!, found)
  return found
}

const named = (pattern: RegExp) => files.filter((file) => pattern.test(file))

test.runIf(files.length > 0)('the portal keeps to its budgets', () => {
  const page = readFileSync(join(dist, 'index.html'), 'utf8')
  const entry = page.match(/<script type="module"[^>]*assets\/([^"]+)"/)![1]!
  const first = whole(entry)
  const english = named(/^en-.*\.js$/)
  const today = whole(named(/^today-.*\.js$/)[0]!)
  const firstScreen = total(new Set([...first, ...english, ...today]))
  expect(firstScreen, 'JavaScript of the first screen').toBeLessThan(FIRST_SCREEN)

  const routes = [...text(entry).matchAll(/import\("?`?\.\/([\w.-]+\.js)/g)].map(([, route]) => route!)
  expect(routes.length).toBeGreaterThan(0)
  const heavy = routes.filter((route) => total([...whole(route)].filter((part) => !first.has(part))) > FURTHER_ROUTE)
  expect(heavy, `screens of more than ${FURTHER_ROUTE} kB`).toEqual([])

  const styles = [...page.matchAll(/stylesheet"[^>]*assets\/([^"]+)"/g)].map(([, sheet]) => sheet!)
  expect(total([...styles, ...named(/^today-.*\.css$/)]), 'style sheets of the first screen').toBeLessThan(STYLES)
  expect(total(named(/latin-wght.*woff2$/)), 'Latin letters').toBeLessThan(LATIN)
  expect(total(named(/cyrillic-wght.*woff2$/)), 'Cyrillic letters').toBeLessThan(CYRILLIC)

  const embedded = files.filter((file) => !existsSync(join(assets, `${file}.br`)))
  expect(embedded.reduce((sum, file) => sum + statSync(join(assets, file)).size / 1_000, 0), 'all that is embedded').toBeLessThan(EMBEDDED)
})
