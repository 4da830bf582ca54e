// What is wrong with a field is told in the reader's language.
import { expect, test } from 'vitest'
import { Problem } from '../api/problem'
import { speak, tellRefusals } from '../texts/names'
import { names as de } from '../texts/names/de'
import { names as en } from '../texts/names/en'
import { refusals as deRefusals } from '../texts/refusals.de'
import { refusals as enRefusals } from '../texts/refusals.en'
import { faultsOf } from './faults'

const fault = async (told: object, problem: object = { code: 'invalid' }) => {
  const body = { detail: 'it is refused', ...problem, fields: [{ pointer: '/name', message: 'is refused', ...told }] }
  return faultsOf(await Problem.read(Response.json(body, { status: 422 })))['/name']
}

test('what is wrong with a field is said by the keyword of its schema, or by what the whole is refused for', async () => {
  speak(de, {}, String)
  tellRefusals(deRefusals)
  expect(await fault({ keyword: 'maxLength', limit: 60 })).toBe('Zu lang: höchstens 60.')
  expect(await fault({ keyword: 'format' })).toBe('Das ist nicht so geschrieben, wie es sein muss.')
  expect(await fault({}, { code: 'no_seat' })).toBe(deRefusals.problems.no_seat)
  expect(await fault({}, { code: 'invalid', invariant: 'IAM-5' })).toBe(deRefusals.rules['IAM-5'])
  speak(en, {}, String)
  tellRefusals(enRefusals)
  expect(await fault({ keyword: 'maximum', limit: 60 })).toBe('At most 60.')
  expect(await fault({ keyword: 'format' })).toBe('is refused')
  expect(await fault({}, { code: 'no_seat' })).toBe('is refused')
})

test('the faults of a problem find their inputs', () => {
  const problem = new Problem(422, 'invalid', 'no', [{ pointer: '/contact_points/0/value', message: 'is no address' }, { pointer: 'service_id', message: 'is missing' }])
  expect(faultsOf(problem)).toEqual({ '/contact_points/0/value': 'is no address', '/service_id': 'is missing' })
})

test('a value that there is once is told at its field, a time is not', async () => {
  speak(de, {}, String)
  tellRefusals(deRefusals)
  const taken = (more: object) => Problem.read(Response.json({ code: 'taken', detail: 'it is taken', ...more }, { status: 409 }))
  expect(faultsOf(await taken({ what: 'user_mailbox', invariant: 'IAM-1' }))).toEqual({ '/email': deRefusals.problems.taken })
  expect(faultsOf(await taken({ what: 'sku' }))).toEqual({ '/sku': deRefusals.problems.taken })
  const time = await taken({ what: 'resource', from: '2026-11-25T08:15:00Z' })
  expect([time.detail, faultsOf(time)]).toEqual([deRefusals.problems.time_taken, {}])
})

test('what is not written as it must be is told with an example', () => {
  speak(de, {}, String)
  tellRefusals(deRefusals)
  const problem = new Problem(422, 'invalid', 'no', [{ pointer: '/country', message: 'is none', keyword: 'pattern' }, { pointer: '/name', message: 'is missing', keyword: 'required' }])
  expect(faultsOf(problem, () => 'DE')).toEqual({ '/country': `${deRefusals.faults.pattern} Zum Beispiel: DE`, '/name': deRefusals.faults.required })
  speak(en, {}, String)
  tellRefusals(enRefusals)
  expect(faultsOf(problem, () => 'DE')).toEqual({ '/country': 'is none. For example: DE', '/name': enRefusals.faults.required })
})
