// What follows from texts and costs something to make, such as the formats of a locale: it is made once for each.
export function kept<A extends string[], T>(make: (...of: A) => T): (...of: A) => T {
  const made = new Map<string, T>()
  return (...of) => {
    const key = of.join(' ')
    if (!made.has(key)) made.set(key, make(...of))
    return made.get(key)!
  }
}
