// What the portal may cost, and what its built files do: the one place for its budgets.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Figures with what they may be at most, in kB as they are sent (brotli), or in ms. */
export const budgets = {
  firstScreen: ['JavaScript of the first screen', 185, 'kB'],
  furtherRoute: ['JavaScript of the heaviest further screen', 25, 'kB'],
  styles: ['style sheets of the first screen', 12, 'kB'],
  latin: ['Latin letters', 50, 'kB'],
  cyrillic: ['Cyrillic letters', 19, 'kB'],
  // What is sent compressed, twice.
  embedded: ['all that is embedded', 1_500, 'kB'],
  publicScript: ['JavaScript of a public page', 15, 'kB'],
  portalCold: ['largest paint of the portal, first visit', 3_500, 'ms'],
  portalWarm: ['largest paint of the portal, again', 1_200, 'ms'],
  publicPage: ['largest paint of a public page', 1_500, 'ms'],
  interaction: ['interaction to next paint, 400 boxes', 100, 'ms'],
  nudge: ['another person’s change to the row', 300, 'ms'],
} as const satisfies Record<string, [name: string, most: number, unit: 'kB' | 'ms']>
export type Budget = keyof typeof budgets

const dist = new URL('../dist', import.meta.url).pathname
const assets = join(dist, 'assets')
const files = existsSync(assets) ? readdirSync(assets) : []
const size = (file: string) => statSync(join(assets, file)).size / 1_000
const sent = (file: string) => size(existsSync(join(assets, `${file}.br`)) ? `${file}.br` : file)
const total = (of: Iterable<string>) => [...of].reduce((sum, file) => sum + sent(file), 0)
const text = (file: string) => readFileSync(join(assets, file), 'utf8')
const named = (pattern: RegExp) => files.filter((file) => pattern.test(file))

export const isBuilt = files.length > 0

/** A script and all that it cannot begin without. */
function whole(script: string, found = new Set<string>()): Set<string> {
  if (found.has(script)) return found
  found.add(script)
  for (const [, needed] of text(script).matchAll(/(?:from|import)"\.\/([^"]+\.js)"/g)) whole(needed!, found)
  return found
}

/** How large the built files are. */
export function sizes() {
  const page = readFileSync(join(dist, 'index.html'), 'utf8')
  const entry = page.match(/<script type="module"[^>]*assets\/([^"]+)"/)![1]!
  const first = whole(entry)
  const today = whole(named(/^today-.*\.js$/)[0]!)
  const routes = [...text(entry).matchAll(/import\("?`?\.\/([\w.-]+\.js)/g)].map(([, route]) => route!)
  const sheets = [...page.matchAll(/stylesheet"[^>]*assets\/([^"]+)"/g)].map(([, sheet]) => sheet!)
  return {
    firstScreen: total(new Set([...first, ...named(/^en-.*\.js$/), ...today])),
    furtherRoute: Math.max(...routes.map((route) => total([...whole(route)].filter((part) => !first.has(part))))),
    styles: total([...sheets, ...named(/^today-.*\.css$/)]),
    latin: total(named(/latin-wght.*woff2$/)),
    cyrillic: total(named(/cyrillic-wght.*woff2$/)),
    embedded: files.filter((file) => !existsSync(join(assets, `${file}.br`))).reduce((sum, file) => sum + size(file), 0),
  } satisfies Partial<Record<Budget, number>>
}
