// The reader's language and locale, and how values are written in them.
import { createContext, use, type ReactNode } from 'react'
import { I18nProvider } from 'react-aria-components'
import { de } from './de'
import { en, type Words } from './en'
import { fr } from './fr'
import { ru } from './ru'

const catalogues = {
  en: [en, 'en-GB'],
  de: [de, 'de-DE'],
  ru: [ru, 'ru-RU'],
  fr: [fr, 'fr-FR'],
} satisfies Record<string, [words: Words, locale: string]>
type Spoken = keyof typeof catalogues

interface Reader {
  language: Spoken
  words: Words
  locale: string
  /** The zone of the business, in which all times are told. */
  zone: string
}

const Context = createContext<Reader>({ language: 'en', words: en, locale: 'en-GB', zone: 'UTC' })
export const useReader = () => use(Context)
export const useWords = () => use(Context).words

/** The phrases of one screen, said beside it: each language has what English has, or does not compile. */
export function phrases<W>(all: { en: W } & Record<Exclude<Spoken, 'en'>, NoInfer<W>>): () => W {
  return () => all[use(Context).language]
}

/** `language` is the one of the profile; without it the browser's is taken. */
export function Language({ language, zone, children }: { language?: string; zone?: string; children: ReactNode }) {
  const asked = language ? [language] : navigator.languages
  const found = (asked.map((tag) => tag.slice(0, 2)).find((tag) => tag in catalogues) ?? 'en') as Spoken
  const [words, fallback] = catalogues[found]
  const locale = navigator.languages.find((tag) => tag.startsWith(`${found}-`)) ?? fallback
  document.documentElement.lang = locale
  const reader = { language: found, words, locale, zone: zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone }
  return (
    <Context value={reader}>
      <I18nProvider locale={locale}>{children}</I18nProvider>
    </Context>
  )
}

/** `add_contact_point`, `CustomerRenamed` → "Add contact point", "Customer renamed": where there is no phrase yet. */
export function humanised(name: string): string {
  const words = name.replace(/([a-z])([A-Z])/g, '$1 $2').replace(/[_-]/g, ' ').toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

export function useFormats() {
  const { locale, zone } = useReader()
  const day = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: zone })
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone: zone })
  const number = new Intl.NumberFormat(locale)
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' })
  return {
    day: (text: string) => day.format(new Date(text)),
    moment: (text: string) => moment.format(new Date(text)),
    number: (value: number) => number.format(value),
    /** "9 min ago"; after a week the day. */
    ago: (text: string) => {
      const seconds = (Date.parse(text) - Date.now()) / 1000
      const [size, unit] = units.find(([size]) => Math.abs(seconds) >= size) ?? [1, 'second' as const]
      return Math.abs(seconds) < 7 * 86_400 ? relative.format(Math.round(seconds / size), unit) : day.format(new Date(text))
    },
  }
}

const units: [number, Intl.RelativeTimeFormatUnit][] = [
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
]
