// Notices by the day they came and the thing they are about, newest first.
interface Noticed {
  id: string
  created_at: string
  about_id?: string | null
}

export function byDay<T extends Noticed>(rows: T[], dayName: (text: string) => string): { day: string; notices: [T, ...T[]][] }[] {
  const days = new Map<string, Map<string, [T, ...T[]]>>()
  for (const row of rows) {
    const day = dayName(row.created_at)
    const things = days.get(day) ?? days.set(day, new Map()).get(day)!
    const thing = row.about_id ?? row.id
    const before = things.get(thing)
    if (before) before.push(row)
    else things.set(thing, [row])
  }
  return [...days].map(([day, things]) => ({ day, notices: [...things.values()] }))
}
