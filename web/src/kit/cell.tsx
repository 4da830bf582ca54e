// A field of a row, in a list or among the facts of an item: as its resource shows it, else as its kind is shown.
import type { Row, Topic } from '../api/client'
import { Reference } from './reference'
import { topicOf } from './referred'
import { kindOf } from './contract'
import type { Column } from './resource'
import { Value } from './value'

export function Cell<T extends Topic>({ topic, column, row }: { topic: T; column: Column<Row<T>>; row: Row<T> }) {
  const referred = topicOf(column.name)
  const value = (row as Record<string, unknown>)[column.name]
  if (column.show) return column.show(row)
  if (!referred || !value) return <Value of={value} kind={kindOf(topic, column.name)} />
  return [value].flat().map((id) => <div key={String(id)}><Reference topic={referred} id={String(id)} /></div>)
}
