// What the contracts name, in the reader's language. A name that lacks its phrase in a language does not
// compile. Outside of components as well: a thing's title is a plain function of its row.
import type { Act, EventName, FieldName, Keyword, ProblemCode, Right, Rule, EnumValue } from '../../api/generated/names'

/** What the portal says itself, and why a message of a purchase system cannot be read. */
type Trouble = 'offline' | 'time_taken' | 'unreadable'

/** What lists and reports are asked for, which may be refused. */
type Parameter = 'as_of' | 'from' | 'until' | 'zone' | 'q' | 'sort' | 'limit' | 'cursor' | 'filter'

export interface Names {
  somebody: string
  /** `{who}` is who did it; without it the sentence says what happened. */
  events: Record<EventName, string>
  /** Statuses, kinds, roles and the like, and how far a right reaches. */
  values: Record<EnumValue | 'none' | 'all' | 'published' | 'unpublished', string>
  fields: Record<FieldName | 'secret' | 'recovery_codes' | 'person_name', string>
  /** By what is done; by the whole operation, where that says more. */
  acts: Record<Act | 'identity.impersonation.start' | 'files.saved_export.save' | 'analytics.replay.request' | 'analytics.replay.delete', string>
  rights: Record<Right, string>
}

/** What is refused, and why. */
export interface Refusals {
  problems: Record<ProblemCode | Trouble, string>
  /** Why what a list or report was asked for is refused, `{field}` being what it is filtered by. */
  parameters: Record<Parameter, string>
  /** What is wrong with a field, `{limit}` being what its schema allows, and `{example}` what it may look like. */
  faults: Record<Keyword | 'example', string>
  rules: Record<Rule, string>
}

/** In English the API says most of what it refuses itself, but not where serde says it. */
export type EnglishRefusals = { [kind in Exclude<keyof Refusals, 'rules'>]: Partial<Refusals[kind]> } & Pick<Refusals, 'rules'>

let names: Names | undefined
let refusals: Refusals | EnglishRefusals | undefined
let places: Record<string, string | undefined> = {}
let moment: (text: string) => string = String
/** From now on, names are written by these, places called so, and moments told so. */
export function speak(now: Names, called: Record<string, string>, moments: (text: string) => string) {
  names = now
  places = called
  moment = moments
}
/** From now on, what is refused is told by these. */
export const tellRefusals = (now: Refusals | EnglishRefusals) => void (refusals = now)

/** `2026-11-25T08:15:00Z`, `2026-11-25 08:15:00 UTC`. */
const MOMENT = /(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(?:Z| UTC)/g
/** A sentence of the API, with its moments by the reader's clock. */
export const timed = (sentence: string) => sentence.replace(MOMENT, (_, day: string, time: string) => moment(`${day}T${time}Z`))

const found = (kind: Exclude<keyof Names, 'somebody'>, name: string) => (names?.[kind] as Record<string, string> | undefined)?.[name]
const told = (kind: keyof Refusals, name: string) => (refusals?.[kind] as Record<string, string> | undefined)?.[name]

/** What a topic is called, or a report: `crm.customer`, `reports.issues`. */
export const placeOf = (name: string) => places[name]
export const labelOf = (name: string) => found('values', name) ?? found('rights', name) ?? spelled(name)
export const fieldOf = (name: string) => found('fields', name) ?? spelled(name)
export const rightOf = (name: string) => found('rights', name) ?? spelled(name)
export const ruleOf = (id: string) => told('rules', id)
export const problemOf = (code: string) => told('problems', code)
/** What it means that a field does not satisfy a keyword of its schema. */
export const keywordOf = (keyword: string) => told('faults', keyword)
export const exampleOf = (example: string) => told('faults', 'example')?.replace('{example}', example)
/** Why a parameter of a query is refused: `until`, `filter[status]`. */
export function parameterOf(name: string): string | undefined {
  const [, field] = /^filter\[(.+)\]$/.exec(name) ?? []
  return field ? told('parameters', 'filter')?.replace('{field}', fieldOf(field)) : told('parameters', name)
}
/** `crm.customer.rename`, or `rename`. */
export const actOf = (operation: string) => found('acts', operation) ?? found('acts', operation.split('.').at(-1)!) ?? spelled(operation.split('.').at(-1)!)

/** "Clara renamed the customer". Where the language's phrase names nobody, the name comes after it. */
export function eventOf(type: string, who?: string) {
  const phrase = found('events', type) ?? spelled(type)
  if (phrase.includes('{who}')) return phrase.replace('{who}', who ?? names!.somebody)
  return who ? `${phrase} · ${who}` : phrase
}

/** Any name, where it is not known of what kind it is. */
export function humanised(name: string): string {
  return found('values', name) ?? found('fields', name) ?? found('acts', name) ?? found('rights', name) ?? spelled(name)
}

/** `add_contact_point` → "Add contact point": of a backend that is newer than this portal. */
function spelled(name: string): string {
  const spaced = name.replace(/([a-z])([A-Z])/g, '$1 $2').replace(/[_-]/g, ' ').toLowerCase()
  return spaced.charAt(0).toUpperCase() + spaced.slice(1)
}
