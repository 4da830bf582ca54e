// Telephone numbers as people read them. They are kept as they were dialled: with the code of the country, or without.

/** The longest codes of countries that begin so: those of all others have three digits. */
const CODES = /^\+(1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})(\d+)$/

/** `+49305550101` → `+49 305 550 101`: the code of the country, then groups of three, of which the last may have four. */
export function phone(number: string): string {
  const plain = number.replace(/[^\d+]/g, '')
  const [, code, rest] = CODES.exec(plain) ?? []
  return code ? `+${code} ${grouped(rest!)}` : grouped(plain)
}

const grouped = (digits: string) => digits.replace(/(\d{3})(?=\d{3})/g, '$1 ').replace(/ (\d)$/, '$1')

/** How somebody is reached, as people read it; nothing, once they were erased. */
export const contact = ({ kind, value }: { kind: string; value: string | null }) => (kind === 'phone' && value ? phone(value) : value)
