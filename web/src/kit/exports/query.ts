// What a list or report was asked for, in words.
import { fieldOf, labelOf, useFormats, useReader, useTexts as useSharedTexts } from '../../texts'
import { useNameOf } from '../names'
import { textTold } from '../told'
import { useTexts } from './texts'

/** What narrowed and sorted it, as it stands in the query of an address. */
export function useQueryTold(): (query: string) => string {
  const own = useTexts()
  const { item, list } = useSharedTexts()
  const { locale } = useReader()
  const reader = { formats: useFormats(), locale, nameOf: useNameOf(), yes: item.yes, no: item.no }
  const valueTold = (name: string, value: string): string => {
    if (value.includes('..')) return value.split('..').map((end) => valueTold(name, end)).join(' – ')
    return { true: item.yes, false: item.no, none: item.none }[value] ?? (/^[a-z_]+$/.test(value) ? labelOf(value) : textTold(name, value, reader) || value.slice(0, 8))
  }
  const partTold = ([name, value]: [string, string]) => {
    if (name === 'sort') return own.sorted(fieldOf(value.replace('-', '')))
    const field = /^filter\[(.+)\]$/.exec(name)?.[1] ?? name
    const values = value.replace('!', '').split(',').map((one) => valueTold(field, one)).join(', ')
    return `${fieldOf(field)}: ${value.startsWith('!') ? list.not(values) : values}`
  }
  return (query) => [...new URLSearchParams(query)].map(partTold).join(' · ')
}
