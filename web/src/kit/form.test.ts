import { expect, test } from 'vitest'
import generated from '../api/generated/forms.json'
import { beyond, body, exampleAt, initial, kindOf, ordered, plain, type Schema, type Schemas } from './form'

const { forms, schemas } = generated as unknown as { forms: Record<string, Schema>; schemas: Schemas }

test('every part of every body has an input of its kind', () => {
  const kinds = (schema: Schema, depth: number): string[] => {
    const whole = plain(schema, schemas)
    const kind = kindOf(whole)
    if (depth > 6) return [kind]
    const parts = [...Object.values(whole.properties ?? {}), ...(whole.items ? [whole.items] : []), ...(kind === 'map' ? [whole.additionalProperties as Schema] : []), ...(kind === 'variants' ? whole.oneOf! : [])]
    return [kind, ...parts.flatMap((part) => kinds(part, depth + 1))]
  }
  const byHand = Object.entries(forms).filter(([, schema]) => kinds(schema, 0).slice(1).includes('json')).map(([name]) => name)
  // What is a document itself is written as one.
  expect(byHand).toEqual(EXPECTED)
})

/** Those with a part that is a document of its own, such as the parameters of a licence. */
const EXPECTED = [
  'analytics.replay.request',
  'catalog.product.define_parameters',
  'catalog.product.set_issuance_policy',
  'identity.oauth_client.register',
  'identity.passkey.enroll',
  'identity.passkey.login',
  'licensing.license.issue',
  'licensing.license.patch',
]

test('a body has what was filled in', () => {
  expect(body({ name: 'Anna', walk_in: false, organization: '', addresses: [{ street: 'x', region: undefined }] })).toEqual({ name: 'Anna', walk_in: false, addresses: [{ street: 'x' }] })
})

test('a change begins with what there is, and with nothing else', () => {
  const schema: Schema = { properties: { name: { type: 'string' }, from: { type: 'string' } } }
  expect(initial(schema, { name: 'Anna', status: 'active' }, {})).toEqual({ name: 'Anna' })
})

test('what is required comes first, what has parts last', () => {
  const schema: Schema = { required: ['name'], properties: { addresses: { type: 'array', items: {} }, email: { type: 'string' }, name: { type: 'string' } } }
  expect(ordered(schema, {}).map(([name]) => name)).toEqual(['name', 'email', 'addresses'])
  const shown: Schema = { properties: { currency: { type: 'string' }, hours: { type: 'array', items: {} }, name: { type: 'string' }, zone: { type: 'string' } } }
  expect(ordered(shown, {}, ['name', 'zone']).map(([name]) => name)).toEqual(['name', 'zone', 'currency', 'hours'])
})

test('the example of a field is that of the shape that was chosen', () => {
  const kind = (name: string, value: Schema): Schema => ({ properties: { kind: { type: 'string', enum: [name] }, value } })
  const schema: Schema = { properties: { contacts: { type: 'array', items: { oneOf: [kind('email', { format: 'email' }), kind('phone', { $ref: '#/components/schemas/Phone' })] } }, sku: { examples: ['CAD-PRO'] } } }
  const at = (pointer: string) => exampleAt(pointer, schema, { contacts: [{ kind: 'phone', value: 'x' }, { kind: 'email', value: 'x' }] }, { Phone: { type: 'string', example: '+49 30 901820' } })
  expect(['/contacts/0/value', '/contacts/1/value', '/sku', '/unknown'].map(at)).toEqual(['+49 30 901820', 'anna@example.org', 'CAD-PRO', undefined])
})

test('numbers beyond what their schema allows are found in all parts of a body', () => {
  const below = { message: '', keyword: 'minimum', limit: 1 }
  expect([...beyond(forms['licensing.license.issue']!, { quantity: 0 }, schemas)]).toEqual([{ ...below, pointer: '/quantity' }])
  const nested: Schema = { properties: { parts: { type: 'array', items: { properties: { count: { type: 'integer', minimum: 1 } } } } } }
  expect([...beyond(nested, { parts: [{ count: 1 }, { count: 0 }] }, {})]).toEqual([{ ...below, pointer: '/parts/1/count' }])
})
