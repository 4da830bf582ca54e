// The reader's language and locale, and how values are written in them.
import { createContext, Suspense, use, useEffect, useReducer, type ReactNode } from 'react'
import { I18nProvider } from 'react-aria-components'
import type { Texts } from './en'
import { kept } from './kept'
import { speak, tellRefusals, type EnglishRefusals, type Names, type Refusals } from './names'

/** Each language is a chunk of its own, loaded when somebody reads it. */
const catalogues = {
  en: [() => import('./en').then(({ en }) => en), () => import('./names/en'), () => import('./refusals.en'), 'en-GB'],
  de: [() => import('./de').then(({ de }) => de), () => import('./names/de'), () => import('./refusals.de'), 'de-DE'],
  ru: [() => import('./ru').then(({ ru }) => ru), () => import('./names/ru'), () => import('./refusals.ru'), 'ru-RU'],
  fr: [() => import('./fr').then(({ fr }) => fr), () => import('./names/fr'), () => import('./refusals.fr'), 'fr-FR'],
} satisfies Record<string, [texts: () => Promise<Texts>, names: () => Promise<{ names: Names }>, refusals: () => Promise<{ refusals: Refusals | EnglishRefusals }>, locale: string]>
export { actOf, eventOf, fieldOf, humanised, placeOf, rightOf, ruleOf, labelOf } from './names'
export type Spoken = keyof typeof catalogues
export const languages = Object.keys(catalogues) as Spoken[]

/** The language of a profile, without one the first of the browser's that there is. */
function languageOf(language: string | undefined): Spoken {
  const tags = language ? [language] : navigator.languages
  return (tags.map((tag) => tag.slice(0, 2)).find((tag) => tag in catalogues) ?? 'en') as Spoken
}

/** Loads the language of a profile before it is shown. */
export const readLanguage = (language: string | undefined) => load(languageOf(language))

const loaded = new Map<Spoken, Promise<[Texts, Names]>>()
function load(language: Spoken) {
  const [texts, names] = catalogues[language]
  if (!loaded.has(language)) loaded.set(language, Promise.all([texts(), names().then(({ names }) => names)]))
  return loaded.get(language)!
}

/** Of what is said in several languages, what is said in the reader's. */
export const spoken = <T,>(texts: { [language: string]: T }): T | undefined => texts[document.documentElement.lang.slice(0, 2)]

/** What the reader reads of it: in their language, in English, or in the first that there is. */
export const best = <T,>(texts: { [language: string]: T }): T | undefined => spoken(texts) ?? texts.en ?? Object.values(texts)[0]

interface Reader {
  language: Spoken
  texts: Texts
  locale: string
  /** The zone in which all times are told: that of the profile, else of the business. */
  zone: string
  /** The zone in which the dates of the business are told. */
  businessZone: string
}

const Context = createContext<Reader | undefined>(undefined)
export const useReader = () => use(Context)!
export const useTexts = () => useReader().texts

/** The phrases of one screen, said beside it: each language has what English has, or does not compile. */
export function phrases<W>(all: { en: W } & Record<Exclude<Spoken, 'en'>, NoInfer<W>>): () => W {
  return () => all[useReader().language]
}

interface Props {
  /** The language of the profile; without it the browser's is taken. */
  language?: string
  zone?: string
  businessZone?: string
  children: ReactNode
}

export function Language(props: Props) {
  return <Suspense><Speaking {...props} /></Suspense>
}

const MOMENT = { dateStyle: 'medium', timeStyle: 'short' } as const

function Speaking({ language, zone, businessZone, children }: Props) {
  const found = languageOf(language)
  const [texts, names] = use(load(found))
  const locale = navigator.languages.find((tag) => tag.startsWith(`${found}-`)) ?? catalogues[found][3]
  document.documentElement.lang = locale
  const here = zone ?? businessZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone
  const moment = new Intl.DateTimeFormat(locale, { ...MOMENT, timeZone: here })
  speak(names, texts.places, (text) => moment.format(new Date(text)))
  useRefusals(found)
  const reader = { language: found, texts, locale, zone: here, businessZone: businessZone ?? here }
  return (
    <Context value={reader}>
      <I18nProvider locale={locale}>{children}</I18nProvider>
    </Context>
  )
}

/** The first screen does not wait for what refusals mean; until that is loaded, the API's own sentences are shown. */
function useRefusals(language: Spoken) {
  const [, showAgain] = useReducer((times: number) => times + 1, 0)
  useEffect(() => {
    const tell = ({ refusals }: { refusals: Refusals | EnglishRefusals }) => {
      tellRefusals(refusals)
      showAgain()
    }
    catalogues[language][2]().then(tell, () => {})
  }, [language])
}

export function useFormats() {
  const { locale, zone, businessZone } = useReader()
  return formatsOf(locale, zone, businessZone)
}

/** With the zone in which moments are told, and that of the dates of the business. */
export const formatsOf = kept((locale: string, zone: string, businessZone: string) => {
  const day = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: zone })
  const businessDay = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: businessZone })
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' })
  const moment = new Intl.DateTimeFormat(locale, { ...MOMENT, timeZone: zone })
  const midnight = new Intl.DateTimeFormat('sv-SE', { timeStyle: 'medium', timeZone: zone })
  /** Whether a day begins at a moment, here or everywhere. */
  const isDay = (text: string) => text.includes('T00:00:00') || midnight.format(new Date(text)) === '00:00:00'
  const clock = new Intl.DateTimeFormat(locale, { timeStyle: 'short', timeZone: zone })
  const number = new Intl.NumberFormat(locale)
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' })
  return {
    /** The day on which something begins or happens for the business. */
    day: (text: string) => businessDay.format(new Date(text)),
    /** The last day of what ends at a moment: at midnight the day before is over. */
    lastDay: (text: string) => businessDay.format(Date.parse(text) - 1),
    /** A date without a time, which is the same one in every zone. */
    date: (text: string) => date.format(new Date(text)),
    moment: (text: string) => moment.format(new Date(text)),
    isDay,
    /** A moment; of one at which a day begins, the day. */
    whole: (text: string) => (isDay(text) ? day : moment).format(new Date(text)),
    /** A moment of today. */
    time: (moment: number) => clock.format(moment),
    number: (value: number) => number.format(value),
    /** Money comes in minor units: 1999 is 19.99 EUR. */
    money: (minor: number, currency: string) => {
      const money = new Intl.NumberFormat(locale, { style: 'currency', currency })
      return money.format(minor / 10 ** (money.resolvedOptions().maximumFractionDigits ?? 2))
    },
    /** "today", "yesterday", or the day. */
    dayName: (text: string) => {
      const dateOf = (moment: number) => new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(moment)
      const age = Math.round((Date.parse(dateOf(Date.parse(text))) - Date.parse(dateOf(Date.now()))) / 86_400_000)
      return age === 0 || age === -1 ? new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(age, 'day') : day.format(new Date(text))
    },
    /** "9 min ago"; after a week the day. */
    ago: (text: string) => {
      const seconds = (Date.parse(text) - Date.now()) / 1000
      const [size, unit] = units.find(([size]) => Math.abs(seconds) >= size) ?? [1, 'second' as const]
      return Math.abs(seconds) < 7 * 86_400 ? relative.format(Math.round(seconds / size), unit) : day.format(new Date(text))
    },
  }
})

const units: [number, Intl.RelativeTimeFormatUnit][] = [
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
]
