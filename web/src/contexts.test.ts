// A context shows what is its own: of another it knows no more than its resource.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'
import rows from './api/generated/rows.json'

const here = import.meta.dirname
const contexts = new Set(Object.keys(rows).map((topic) => topic.split('.')[0]!))
const files = readdirSync(here, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file) && contexts.has(file.split('/')[0]!))

test('a screen imports nothing of another context but its resource', () => {
  const strangers = files.flatMap((file) => {
    const imported = [...readFileSync(join(here, file), 'utf8').matchAll(/from '(\.[^']+)'|import\('(\.[^']+)'\)/g)].map(([, one, other]) => relative(here, join(here, dirname(file), one ?? other!)))
    return imported.filter((path) => contexts.has(path.split('/')[0]!) && path.split('/')[0] !== file.split('/')[0] && !/\/resources?$/.test(path)).map((path) => `${file} imports ${path}`)
  })
  expect(strangers).toEqual([])
})
