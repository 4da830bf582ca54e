// What the API refuses is said in the reader's language, with the reason.
import { expect, test } from 'vitest'
import { speak, tellRefusals } from '../texts/names'
import { names as de } from '../texts/names/de'
import { names as en } from '../texts/names/en'
import { refusals as deRefusals } from '../texts/refusals.de'
import { refusals as enRefusals } from '../texts/refusals.en'
import { Problem } from './problem'

const refused = (pointer: string) => Problem.read(Response.json({ code: 'invalid', detail: `${pointer}: is refused`, fields: [{ pointer, message: 'is refused' }] }, { status: 422 }))

test('a list or report that is refused says why', async () => {
  speak(de, {}, String)
  tellRefusals(deRefusals)
  expect((await refused('until')).detail).toBe(deRefusals.parameters.until)
  expect((await refused('filter[status]')).detail).toBe('Nach diesem Wert von „Status“ lässt sich nicht filtern.')
  expect((await refused('/name')).detail).toBe('Etwas stimmt noch nicht.')
  speak(en, {}, String)
  tellRefusals(enRefusals)
  expect((await refused('until')).detail).toBe('until: is refused')
})
