// Every place, and all that the API has a list of, has a name in every language.
import { expect, test } from 'vitest'
import rows from '../api/generated/rows.json'
import { de } from './de'
import { en } from './en'
import { fr } from './fr'
import { ru } from './ru'

test('every topic has a name', () => {
  const unnamed = Object.keys(rows).filter((topic) => topic.includes('.') && !(topic in en.places))
  expect(unnamed).toEqual([])
})

test.each([['de', de], ['ru', ru], ['fr', fr]])('every place is named in %s', (_, texts) => {
  expect(Object.keys(texts.places).sort()).toEqual(Object.keys(en.places).sort())
})
