// Reads the contract (`schemas/openapi.json`) and writes what the portal knows of the API:
//   schema.ts      the types of all bodies and answers
//   operations.ts  [method, path, right] of every operation, by its id
//   forms.json     the schema of every command's body, and what those refer to: dialogues are made of it
//   rows.json      the fields of every list's rows, or of the one item, by topic, in their order
//   lists.json     by which fields a list is filtered (with their values), by which it is sorted, and which it counts
//   reports.json   what each report is asked for, what its rows have, and which of its parameters are days
//   formats.ts     the files that lists and reports are
//   rights.json    how far each right reaches, by role
//   analyst.json   what analysts read: the views with their columns, and questions in SQL to begin with
//   read-models.json   what replays are made of: all that has views
//   names.ts       every name that people may meet, as types: each has its phrase in every language
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import openapiTS, { astToString } from 'openapi-typescript'

const here = dirname(fileURLToPath(import.meta.url))
const contract = JSON.parse(readFileSync(join(here, '../schemas/openapi.json'), 'utf8'))
const out = join(here, 'src/api/generated')
mkdirSync(out, { recursive: true })
const write = (name, text) => writeFileSync(join(out, name), text)

const operations = Object.entries(contract.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method, ...operation })),
)
operations.sort((a, b) => a.operationId.localeCompare(b.operationId))

// What programs call has no screen.
const called = operations.filter(({ operationId }) => !/^(oauth|live)\.|^purchasing\.ingest\.purchases$/.test(operationId))
const lines = called.map(
  ({ operationId, method, path, 'x-right': right }) => `  '${operationId}': ['${method}', '${path}', '${right ?? 'public'}'],`,
)
write('operations.ts', `// Generated from schemas/openapi.json.\nexport const operations = {\n${lines.join('\n')}\n} as const\n`)

const used = {}
const named = (reference) => reference.slice('#/components/schemas/'.length)
const collect = (schema) => {
  if (Array.isArray(schema)) return schema.forEach(collect)
  if (schema === null || typeof schema !== 'object') return
  if (typeof schema.$ref === 'string') {
    const name = named(schema.$ref)
    if (!used[name]) collect((used[name] = contract.components.schemas[name]))
  }
  Object.values(schema).forEach(collect)
}
const forms = {}
for (const { operationId, method, requestBody } of operations) {
  const body = requestBody?.content['application/json']?.schema
  if (!body || method === 'get' || /^(oauth|live)\./.test(operationId)) continue
  forms[operationId] = body
  collect(body)
}
write('forms.json', JSON.stringify({ forms, schemas: used }))

const resolve = (schema) => (schema?.$ref ? resolve(contract.components.schemas[named(schema.$ref)]) : schema)
const fields = (schema) => {
  const whole = resolve(schema)
  const parts = (whole?.allOf ?? []).map(fields)
  return Object.assign({}, ...parts, whole?.properties ?? {})
}
const kind = (schema) => {
  if (schema.oneOf) return kind(schema.oneOf.find((part) => part.type !== 'null'))
  const whole = resolve(schema)
  if (whole.enum) return 'enum'
  if (whole.format === 'date-time') return 'time'
  if (whole.format === 'uuid') return 'id'
  const type = [whole.type].flat().find((type) => type !== 'null')
  return { integer: 'number', number: 'number', boolean: 'yes', string: 'text' }[type] ?? 'nested'
}
const rows = {}
for (const { operationId, method, responses } of operations) {
  const [, topic, place] = /^(.*)\.(list|find)$/.exec(operationId) ?? []
  if (method !== 'get' || !topic || (place === 'find' && rows[topic])) continue
  const { data } = fields(responses['200']?.content?.['application/json']?.schema)
  if (place === 'list' && data?.type !== 'array') continue
  const row = fields(place === 'list' ? data.items : data)
  rows[topic] = Object.entries(row).map(([name, schema]) => [name, kind(schema)])
}
write('rows.json', JSON.stringify(rows))

const valuesOf = (schema) => schema.enum ?? (schema.items ? valuesOf(resolve(schema.items)) : schema.type === 'boolean' ? ['true', 'false'] : [])
const listing = (parameters) => {
  const filters = parameters.filter(({ name }) => name.startsWith('filter[')).map(({ name, schema }) => [name.slice(7, -1), valuesOf(resolve(schema))])
  const of = (name) => valuesOf(resolve(parameters.find((parameter) => parameter.name === name)?.schema ?? {}))
  const has = (name) => parameters.some((parameter) => parameter.name === name)
  return { filters: Object.fromEntries(filters), sort: of('sort'), counts: of('count'), finds: has('q'), past: has('as_of') || undefined }
}
const lists = {}
const reports = {}
const formats = new Set()
for (const { operationId, path, method, parameters = [], responses } of operations) {
  if (method !== 'get') continue
  if (operationId.endsWith('.list')) {
    lists[operationId.slice(0, -'.list'.length)] = listing(parameters)
    valuesOf(resolve(parameters.find(({ name }) => name === 'format')?.schema ?? {})).forEach((format) => formats.add(format))
  }
  if (!path.startsWith('/api/v1/reports/') || path.includes('{')) continue
  const row = fields(fields(responses['200'].content['application/json'].schema).data.items)
  const days = parameters.filter(({ schema }) => schema.format === 'date').map(({ name }) => name)
  reports[operationId.slice('reports.'.length)] = { ...listing(parameters), days, columns: Object.entries(row).map(([name, schema]) => [name, kind(schema)]) }
}
write('lists.json', JSON.stringify(lists))
write('reports.json', JSON.stringify(reports))
write('formats.ts', `// Generated from schemas/openapi.json.\nexport const formats = ${JSON.stringify([...formats].filter((format) => format !== 'json'))} as const\n`)

// What is shown: rows and items, what is written to files, and what commands take. Requests of programs are not.
const programs = /^(oauth|live|operations)\.|^purchasing\.ingest\./
const shown = operations.filter(({ operationId }) => !programs.test(operationId))
const values = new Set()
const fieldNames = new Set()
const visited = new Set()
const meet = (schema) => {
  if (Array.isArray(schema)) return schema.forEach(meet)
  if (schema === null || typeof schema !== 'object') return
  if (typeof schema.$ref === 'string') {
    const name = named(schema.$ref)
    if (visited.has(name) || name === 'Right') return
    visited.add(name)
    return meet(contract.components.schemas[name])
  }
  for (const value of schema.enum ?? []) if (typeof value === 'string') values.add(value)
  for (const [name, part] of Object.entries(schema.properties ?? {})) {
    fieldNames.add(name)
    meet(part)
  }
  for (const parts of [schema.items, schema.additionalProperties, schema.oneOf, schema.anyOf, schema.allOf]) meet(parts)
}
for (const { operationId, method, requestBody, responses } of shown) {
  if (method !== 'get') meet(requestBody?.content['application/json']?.schema)
  else if (/\.(list|find)$/.test(operationId) || responses['200']?.content?.['text/csv']) {
    const { data } = fields(responses['200']?.content?.['application/json']?.schema)
    meet(data?.items ?? data)
  }
}
const views = JSON.parse(readFileSync(join(here, '../schemas/analyst.json'), 'utf8').replaceAll('`', '')).map(({ name, description, read_model, columns }) => ({
  name,
  description,
  read_model,
  columns: columns.map(({ name, type, form, description, personal, refers_to }) => ({ name, type: form === 'list' ? `${type}[]` : type, description, personal, refers_to })),
}))
const page = readFileSync(join(here, '../schemas/analyst.md'), 'utf8')
const questions = [...page.matchAll(/^### (.+)\n\n```sql\n([^]+?)\n```$/gm)].map(([, title, sql]) => ({ title: title.replaceAll('`', ''), sql }))
write('analyst.json', JSON.stringify({ views, questions }))
write('read-models.json', JSON.stringify([...new Set(views.map(({ read_model }) => read_model))]))

const scopes = JSON.parse(readFileSync(join(here, '../schemas/rights.json'), 'utf8'))
write('rights.json', JSON.stringify(scopes))
const rights = Object.keys(scopes)
const union = (name, of) => `export type ${name} =\n${[...of].sort().map((one) => `  | '${one}'`).join('\n')}\n`
write('names.ts', [
  '// Generated from schemas/.',
  union('EventName', readdirSync(join(here, '../schemas/events')).map((file) => file.replace('.json', ''))),
  union('EnumValue', [...values].filter((value) => !rights.includes(value))),
  union('FieldName', fieldNames),
  union('Act', new Set(shown.filter(({ method }) => method !== 'get').map(({ operationId }) => operationId.split('.')[2]))),
  union('Right', rights),
  union('ProblemCode', contract.components.schemas.Problem['x-codes']),
  union('Rule', contract.components.schemas.Problem['x-rules']),
  union('Keyword', contract.components.schemas.Keyword.enum),
].join('\n'))

write('schema.ts', '// Generated from schemas/openapi.json.\n' + astToString(await openapiTS(contract)))
