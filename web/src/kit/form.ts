// Forms from schemas of the contract: what kind of input a part of a body is, and the body that the
// inputs make. The name of an input is the JSON pointer of its value, so the API's faults find it.

import type { Fault } from '../api/problem'

export interface Schema {
  $ref?: string
  type?: string | string[]
  enum?: string[]
  format?: string
  description?: string
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  additionalProperties?: Schema | boolean
  propertyNames?: Schema
  pattern?: string
  example?: unknown
  examples?: unknown[]
  oneOf?: Schema[]
  allOf?: Schema[]
  maxLength?: number
  minimum?: number
  maximum?: number
}

export type Schemas = Record<string, Schema>

/** A schema without references and nulls around it; what is nearest to the use describes it. */
export function plain(schema: Schema, schemas: Schemas): Schema {
  const { description } = schema
  let inner: Schema = schema
  if (schema.$ref) inner = plain(schemas[schema.$ref.slice('#/components/schemas/'.length)] ?? {}, schemas)
  else if (schema.oneOf && schema.oneOf.filter((part) => part.type !== 'null').length === 1) inner = plain(schema.oneOf.find((part) => part.type !== 'null')!, schemas)
  else if (schema.allOf) {
    const parts = [...schema.allOf, ...(schema.properties ? [{ properties: schema.properties, required: schema.required }] : [])].map((part) => plain(part, schemas))
    inner = parts.length === 1 ? parts[0]! : { type: 'object', properties: Object.assign({}, ...parts.map((part) => part.properties ?? {})), required: parts.flatMap((part) => part.required ?? []) }
  }
  return description && description !== inner.description ? { ...inner, description } : inner
}

export type Kind = 'text' | 'long' | 'number' | 'yes' | 'choice' | 'moment' | 'date' | 'time' | 'weekday' | 'colour' | 'object' | 'map' | 'list' | 'variants' | 'json'

/** What kind of input a plain schema is. */
export function kindOf({ type, enum: choices, format, properties, propertyNames, items, oneOf, maxLength, pattern, example }: Schema): Kind {
  const [first] = [type].flat().filter((one) => one !== 'null')
  if (choices) return 'choice'
  if (oneOf) return oneOf.every((part) => part.properties || part.$ref || part.allOf) ? 'variants' : 'json'
  if (properties) return 'object'
  if (propertyNames?.enum) return 'map'
  if (first === 'array' && items) return 'list'
  if (first === 'boolean') return 'yes'
  if (first === 'integer' || first === 'number') return 'number'
  if (format === 'date-time') return 'moment'
  if (format === 'date') return 'date'
  if (format === 'time' || /^\d\d:\d\d:\d\d$/.test(`${example}`)) return 'time'
  // The contract gives neither days nor colours a format, but examples and a pattern.
  if (example === 'Mon') return 'weekday'
  if (pattern?.startsWith('^#')) return 'colour'
  if (first === 'string' && (maxLength ?? 0) > 500) return 'long'
  return first === 'string' || format ? 'text' : 'json'
}

/** The body that a tree of values is, without what was left empty. */
export function body(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(body)
  if (value === null || typeof value !== 'object') return value
  const parts = Object.entries(value).map(([name, part]) => [name, body(part)] as const)
  return Object.fromEntries(parts.filter(([, part]) => part !== undefined && part !== ''))
}

/** The fields that had a value, may be nothing, and were emptied. */
export function emptied(schema: Schema, began: Record<string, unknown>, value: Record<string, unknown>): Record<string, null> {
  const may = ({ type, oneOf }: Schema = {}) => [type].flat().includes('null') || oneOf?.some((part) => part.type === 'null')
  return Object.fromEntries(Object.keys(began).filter((name) => [undefined, ''].includes(value[name] as undefined) && may(schema.properties?.[name])).map((name) => [name, null]))
}

/** What a schema's fields are to begin with: those of the row that has them already. */
export function initial(schema: Schema, row: Record<string, unknown> | undefined, schemas: Schemas): Record<string, unknown> {
  const fields = Object.keys(plain(schema, schemas).properties ?? {})
  return Object.fromEntries(fields.filter((name) => row?.[name] !== undefined && row[name] !== null).map((name) => [name, row![name]]))
}

/** The fields of a schema as people fill them in: what is required first, what is long after what is short, what has parts last, and else in the order in which they are shown. */
export function ordered(schema: Schema, schemas: Schemas, shown: string[] = []): [name: string, part: Schema][] {
  const place = (name: string) => (shown.includes(name) ? shown.indexOf(name) : shown.length)
  const weight = ([name, part]: [string, Schema]) => {
    const kind = kindOf(plain(part, schemas))
    const nested = ['object', 'map', 'list', 'variants', 'json'].includes(kind)
    return (schema.required?.includes(name) ? 0 : 3) + (nested ? 2 : kind === 'long' ? 1 : 0)
  }
  return Object.entries(schema.properties ?? {}).sort((one, other) => weight(one) - weight(other) || place(one[0]) - place(other[0]))
}

/** What a value at a pointer may look like, by an example of its schema. */
export function exampleAt(pointer: string, schema: Schema, value: unknown, schemas: Schemas): string | undefined {
  const [, name, ...rest] = pointer.split('/')
  const inner = variantOf(plain(schema, schemas), value, schemas)
  if (name === undefined) return [inner.example, inner.examples?.[0], inner.format === 'email' ? 'anna@example.org' : undefined].find((one) => typeof one === 'string')
  const part = inner.properties?.[name] ?? inner.items
  return part && exampleAt(['', ...rest].join('/'), part, (value as Record<string, unknown> | undefined)?.[name], schemas)
}

/** The numbers that are less or more than their schema allows: what else is wrong with a body keeps the API from looking at them. */
export function* beyond(schema: Schema, value: unknown, schemas: Schemas, pointer = ''): Generator<Fault> {
  const { minimum = -Infinity, maximum = Infinity, properties = {}, items } = variantOf(plain(schema, schemas), value, schemas)
  if (typeof value === 'number') {
    const [keyword, limit] = value < minimum ? ['minimum', minimum] : ['maximum', maximum]
    if (value < minimum || value > maximum) yield { pointer, message: '', keyword, limit }
  } else if (value && typeof value === 'object') {
    for (const [name, part] of Object.entries(value)) {
      const inner = Array.isArray(value) ? items : properties[name]
      if (inner) yield* beyond(inner, part, schemas, `${pointer}/${name}`)
    }
  }
}

/** Of several shapes, that whose only choice the value made. */
function variantOf(schema: Schema, value: unknown, schemas: Schemas): Schema {
  const chose = ({ properties = {} }: Schema) => Object.entries(properties).some(([name, { enum: only }]) => only?.length === 1 && only[0] === (value as Record<string, unknown> | undefined)?.[name])
  return schema.oneOf?.map((shape) => plain(shape, schemas)).find(chose) ?? schema
}
