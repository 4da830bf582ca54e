// How large a file is, for people.
const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const

export function bytes(size: number, locale: string): string {
  const step = Math.min(Math.floor(Math.log10(Math.max(size, 1)) / 3), UNITS.length - 1)
  return new Intl.NumberFormat(locale, { style: 'unit', unit: UNITS[step], unitDisplay: step === 0 ? 'long' : 'short', maximumFractionDigits: step < 2 ? 0 : 1 }).format(size / 1000 ** step)
}
