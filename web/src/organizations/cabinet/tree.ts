// Organisations as the tree they are: each with how deep it stands, parents before what is below them.
export interface Branch<T> {
  of: T
  depth: number
}

export function tree<T extends { id: string; parent_id?: string | null; name?: string | null }>(rows: T[]): Branch<T>[] {
  const visible = new Set(rows.map(({ id }) => id))
  const below = (parent: string | undefined, depth: number): Branch<T>[] =>
    rows
      .filter(({ parent_id }) => (parent ? parent_id === parent : !parent_id || !visible.has(parent_id)))
      .sort((one, other) => (one.name ?? '').localeCompare(other.name ?? ''))
      .flatMap((of) => [{ of, depth }, ...below(of.id, depth + 1)])
  return below(undefined, 0)
}
