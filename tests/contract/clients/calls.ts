// Calls by openapi-fetch with the types that openapi-typescript made of the contract: `calls.js URL LOGIN PASSWORD`.
// That it compiles strictly, without a cast, is half of the test.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import createClient from 'openapi-fetch'
import type { paths } from './schema'

const [url = '', login = '', password = ''] = process.argv.slice(2)
let count = 0

/** An answer, which has the expected status. */
async function call<A extends { error?: unknown; response: Response }>(status: number, sent: Promise<A>): Promise<A> {
  count += 1
  const answer = await sent
  assert.equal(answer.response.status, status, `${answer.response.url}: ${JSON.stringify(answer.error)}`)
  return answer
}

// Lists are files as well; these calls take them as JSON, and what goes wrong as a problem.
type Media = 'application/json' | 'application/problem+json'
const guest = createClient<paths, Media>({ baseUrl: url })
const { data: session } = await call(200, guest.POST('/api/v1/jwt', { body: { login, password } }))
const api = createClient<paths, Media>({ baseUrl: url, headers: { authorization: `Bearer ${session?.access_token}` } })

// Who we are, and what everybody may ask.
const { data: me } = await call(200, api.GET('/api/v1/me'))
assert.equal(me?.data.role, 'admin')
const { error: unknown } = await call(401, guest.GET('/api/v1/me'))
assert.equal(unknown?.code, 'unauthenticated')
await call(401, guest.POST('/api/v1/jwt', { body: { login, password: 'wrong' } }))
await call(200, guest.GET('/api/v1/public/identity-providers', { params: { query: { domain: 'example.org' } } }))

// A customer from beginning to end.
const body = { name: 'Anna Generated', walk_in: true }
const header = { 'Idempotency-Key': randomUUID() }
const { data: created } = await call(201, api.POST('/api/v1/customers', { body, params: { header } }))
const { data: again } = await call(201, api.POST('/api/v1/customers', { body, params: { header } }))
assert(created && created.data.id === again?.data.id)
const path = { id: created.data.id }
const seen = { 'X-Min-Position': created.meta.position }
const { data: found } = await call(200, api.GET('/api/v1/customers/{id}', { params: { path, header: seen } }))
assert.equal(found?.data.display_name, 'Anna Generated')
const renamed = { params: { path, header: { 'If-Match': '"1"' } }, body: { name: 'Anna B. Generated' } }
const { data: changed } = await call(200, api.PATCH('/api/v1/customers/{id}', renamed))
assert.equal(changed?.meta.version, 2)
const { error: stale } = await call(412, api.PATCH('/api/v1/customers/{id}', renamed))
assert.equal(stale?.code, 'stale')
const contact = { kind: 'email' as const, value: 'anna@generated.example' }
await call(200, api.POST('/api/v1/customers/{id}/add-contact-point', { params: { path }, body: { contact } }))
await call(200, api.POST('/api/v1/customers/{id}/archive', { params: { path } }))
const { error: refused } = await call(409, api.POST('/api/v1/customers/{id}/rename', { params: { path }, body: { name: 'Anna' } }))
assert.equal(refused?.code, 'archived')
await call(200, api.POST('/api/v1/customers/{id}/restore', { params: { path } }))
const { data: history } = await call(200, api.GET('/api/v1/customers/{id}/history', { params: { path } }))
assert.deepEqual(history?.data.slice(0, 2).map(({ type }) => type), ['CustomerCreated', 'CustomerRenamed'])
await call(200, api.GET('/api/v1/customers/{id}/explain', { params: { path, query: { field: 'display_name' } } }))

// Lists, by filters, pages and words.
await call(201, api.POST('/api/v1/customers', { body: { name: 'Berta Generated', walk_in: true } }))
const { data: last } = await call(201, api.POST('/api/v1/customers', { body: { name: 'Clara Generated', walk_in: true } }))
const query = { limit: 2, sort: 'display_name' as const }
const read = { 'X-Min-Position': last?.meta.position }
const { data: first } = await call(200, api.GET('/api/v1/customers', { params: { query, header: read } }))
const { data: next } = await call(200, api.GET('/api/v1/customers', { params: { query: { ...query, cursor: first?.page.next ?? undefined } } }))
assert(first && next && first.data.length === 2 && first.data[0]?.id !== next.data[0]?.id)
const { error: nowhere } = await call(422, api.GET('/api/v1/customers', { params: { query: { cursor: 'nowhere' } } }))
assert.equal(nowhere?.fields?.[0]?.pointer, 'cursor')
const { data: booked } = await call(200, api.GET('/api/v1/appointments', { params: { query: { 'filter[status]': ['confirmed'], limit: 3 } } }))
assert(booked?.data.every(({ status }) => status === 'confirmed'))
const { data: people } = await call(200, api.GET('/api/v1/resources', { params: { query: { 'filter[kind]': ['person'] } } }))
assert(people?.data.every(({ kind }) => kind === 'person'))
await call(200, api.GET('/api/v1/search', { params: { query: { q: 'anna' } } }))
for (const list of ['/api/v1/cabinets', '/api/v1/issues', '/api/v1/licenses', '/api/v1/notifications', '/api/v1/products', '/api/v1/purchases', '/api/v1/services', '/api/v1/users'] as const) {
  const { data: rows } = await call(200, api.GET(list, { params: { query: { limit: 5 } } }))
  assert(rows && rows.data.length <= 5)
}
console.log(`${count} calls`)
