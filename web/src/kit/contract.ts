// What the contract says of each topic's rows: which fields are facts, which may be columns, and what a topic looks like that nobody declared.
import { Box } from 'lucide-react'
import type { Operation, Row, Topic } from '../api/client'
import { operations } from '../api/generated/operations'
import contractRows from '../api/generated/rows.json'
import { topicOf } from './referred'
import { derive, resourceOf, type Column, type Resource } from './resource'

const fields = contractRows as unknown as Record<string, [name: string, kind: string][]>
const HIDDEN = new Set(['id', 'version', 'created_at', 'updated_at', 'tzdb'])

export const kindOf = (topic: string, name: string) => fields[topic]?.find(([field]) => field === name)?.[1]
export const factsOf = ({ topic, facts }: Resource): Column<Row<Topic>>[] =>
  (facts ?? fields[topic]!.map(([name]) => name).filter((name) => !HIDDEN.has(name))).map((fact) => (typeof fact === 'string' ? { name: fact } : fact))

/** What a row is called stands in its first column. */
const TITLES = new Set(['display_name', 'name', 'title'])

/** The columns that a list may have: its own first, then all else that is shown of a row in a short text. */
export const columnsOf = ({ topic, columns }: Resource): Column<Row<Topic>>[] => [
  ...columns,
  ...fields[topic]!.filter(([name, kind]) => !columns.some((column) => column.name === name) && !HIDDEN.has(name) && !TITLES.has(name) && (kind !== 'id' || topicOf(name)) && kind !== 'nested').map(([name]) => ({ name })),
  { name: 'created_at' },
  { name: 'updated_at' },
].filter(({ name }, at, all) => all.findIndex((column) => column.name === name) === at)

/** Whether a topic's things can be shown from the contract alone: each is found by its id, and by nothing else. */
const isFoundById = (topic: string) => /^[^{]+\/\{id\}$/.test(operations[`${topic}.find` as Operation]?.[1] ?? '')

function resourceFrom(topic: string): Resource {
  const names = fields[topic]!.filter(([name, kind]) => !HIDDEN.has(name) && kind !== 'nested' && kind !== 'id').map(([name]) => name)
  const first = ['display_name', 'name', 'title', 'email', 'order_number'].find((name) => names.includes(name)) ?? names[0] ?? 'id'
  return {
    topic: topic as Topic,
    place: `all/${topic}`,
    icon: Box,
    title: (row) => String((row as Record<string, unknown>)[first] ?? (row as { id: string }).id.slice(0, 8)),
    columns: names.filter((name) => name !== first).slice(0, 5).map((name) => ({ name })),
    filters: [],
  }
}

/** The topics that only the console shows. */
export const undeclared = Object.keys(fields).filter((topic) => !resourceOf(topic) && isFoundById(topic))
for (const topic of undeclared) derive(resourceFrom(topic))
