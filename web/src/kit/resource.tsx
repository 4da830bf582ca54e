// A resource: what a topic's list and item show. One declaration gives list, item, history, acts,
// palette entries and rights; a topic without one is shown from its contract alone (contract.ts).
import type { LucideIcon } from 'lucide-react'
import type { ComponentType, ReactNode } from 'react'
import type { RouteComponent } from '@tanstack/react-router'
import type { Operation, Row, Topic } from '../api/client'
import { operations } from '../api/generated/operations'
import { fieldOf } from '../texts'
import type { ActsProps } from './acts'
import type { FieldProps } from './field'
import type { Sibling } from './siblings'
import type { Tab } from './tabs'

export interface Column<R> {
  /** The name of the field: shown by its label. */
  name: string
  show?: (row: R) => ReactNode
  /** Whether it is shown by this field alone, so that what it was before is shown like it. */
  alone?: boolean
}

export interface View extends Tab {
  query: Record<string, string>
  /** How it is sorted, if not as the list is. */
  sort?: string
}

export interface Resource<T extends Topic = Topic> {
  topic: T
  /** Where it is in the portal: `customers`. */
  place: string
  icon: LucideIcon
  group?: 'business' | 'clients' | 'administration'
  /** What a thing is called. */
  title: (row: Row<T>) => string
  /** What a thing is called where nothing around it says more, if its title says too little: in a note, in a dialogue. */
  sentence?: (row: Row<T>, nameOf: (id: string | null | undefined) => string | undefined) => string
  /** Whether things are people, with a face. */
  people?: boolean
  columns: Column<Row<T>>[]
  /** Fields by which a list is narrowed: those with few values, which the contract lists, and those that name another thing. */
  filters: readonly string[]
  /** How the list is sorted, until somebody chooses. */
  sort?: string
  /** The field whose values are the tabs of the list, each with how many there are; where there are views, it counts for those. */
  tabs?: string
  /** Views of the list as tabs, each with what it asks for; a hook, for their texts. */
  useViews?: () => View[]
  /** The pages that are tabs of this list: those of topics, by their names, and others. */
  siblings?: readonly (string | Sibling)[]
  /** What can be done to many rows at once. */
  bulk?: Operation[]
  /** The fields beside an item, in order, and how those are shown that are not shown as any; all of the contract, unless they are named. */
  facts?: (string | Column<Row<T>>)[]
  /** Whether a new one is made on a page of its own, in the place of an id: `new`. */
  createsOnPage?: boolean
  /** What stands below an item's title; `at` is the moment of which it is, if that is not now. */
  head?: (row: Row<T>, at?: string) => ReactNode
  /** The acts that have a button and a key of their own: `{ renew: 'r' }`. */
  first?: Record<string, string>
  /** Whether DELETE is an act of its own, and no other name of one. */
  deletes?: boolean
  /** What fields of its commands begin with that a row does not have by their names. */
  begins?: (row: Row<T>) => Record<string, unknown>
  /** The fields of its commands that have an input of their own. */
  inputs?: Record<string, ComponentType<FieldProps>>
  /** What is said above the fields of its commands, by the name of each and what it is done to. */
  Hint?: ComponentType<{ name: Operation; row?: object }>
  /** What can be done, where that is more than a menu. */
  acts?: ComponentType<ActsProps>
  /** What else an item says of itself; `at` is the moment of which it is, if that is not now. */
  panels?: ComponentType<{ row: Row<T>; at?: string }>[]
  /** What belongs to it and what it is worked on by, as it is now: it is not there in the past. */
  around?: ComponentType<{ row: Row<T> }>[]
  /** Pages of its own in place of those made from this; `whole` is both, the list beside the item, and `detail` the latter alone. */
  pages?: { whole?: RouteComponent; list?: RouteComponent; item?: RouteComponent; detail?: ComponentType<{ id: string }> }
}

/** What a field is called: people have another kind of name than things. */
export const labelOf = ({ people }: Pick<Resource, 'people'>, field: string) => fieldOf(people && field === 'name' ? 'person_name' : field)

const registered = new Map<string, Resource>()

/** Declares what a topic looks like. */
export function resource<T extends Topic>(topic: T, place: string, look: Omit<Resource<T>, 'topic' | 'place'>): Resource<T> {
  const whole = { topic, place, ...look }
  registered.set(topic, whole as unknown as Resource)
  return whole
}

const derived = new Map<string, Resource>()

/** What a topic that nobody declared looks like, as the contract says. */
export const derive = (resource: Resource) => void derived.set(resource.topic, resource)

/** The resource of a topic: as it was declared, else as the contract says. */
export const resourceOf = (topic: string): Resource | undefined => registered.get(topic) ?? derived.get(topic)

export const resources = () => [...registered.values()]

/** What there is one of has no id in its addresses, and is set up. */
export const isSingle = (topic: string) => !(`${topic}.list` in operations)

/** What can be done to an item of a topic, or to make one: operations that are no questions. */
export function actsOf(topic: string): { item: Operation[]; create: Operation[] } {
  const methods = resourceOf(topic)?.deletes ? /^(post|put|delete)$/ : /^(post|put)$/
  const acts = (Object.keys(operations) as Operation[]).filter((name) => name.startsWith(`${topic}.`) && methods.test(operations[name][0]))
  const at = (place: RegExp) => acts.filter((name) => place.test(operations[name][1]))
  if (isSingle(topic)) return { item: acts.filter((name) => !name.endsWith('.set_up')), create: acts.filter((name) => name.endsWith('.set_up')) }
  return { item: at(/\{id\}[^{]*$/), create: at(/^\/api\/v1\/[^/]+$/) }
}
