// One part of a body as inputs: text, number, choice, moment; parts with parts; lists; one of several variants.
import { Plus, Trash2 } from 'lucide-react'
import { useId, type ReactNode } from 'react'
import { Button } from 'react-aria-components'
import type { Topic } from '../api/client'
import { may, useMe } from '../api/rights'
import { fieldOf, useReader, useTexts, labelOf } from '../texts'
import { weekday, WEEKDAYS } from '../texts/weekday'
import { kindOf, ordered, plain, type Schema, type Schemas } from './form'
import { isMoney, MoneyField } from './money-field'
import { Needed } from './needed'
import { Pick, pickedFrom } from './pick'
import { momentOf, wallClock } from './zone'

export interface FieldProps {
  name: string
  pointer: string
  schema: Schema
  schemas: Schemas
  required?: boolean
  value: unknown
  change: (to: unknown) => void
  /** By JSON pointer. */
  faults: Record<string, string>
}

export function Field(props: FieldProps) {
  const topic = pickedFrom(props.schema)
  const me = useMe()
  if (topic && me && may(me.rights, `${topic}.list`)) return <Other {...props} topic={topic} />
  const schema = plain(props.schema, props.schemas)
  if (isMoney(schema)) return <MoneyField {...props} />
  const Kind = { object: Parts, map: Keyed, list: Several, variants: Variants, yes: Yes }[kindOf(schema) as string] ?? Input
  return <Kind {...props} schema={schema} />
}

/** Another thing, by its name. */
function Other({ topic, ...props }: FieldProps & { topic: Topic }) {
  const { name, required, value, change } = props
  const { hint, fault } = useNotes(props)
  return <Pick topic={topic} label={fieldOf(name)} value={value as string | undefined} change={change} required={required} hint={hint} fault={fault} />
}

/** What is told of a field below it, tied to it: what the contract says of it, and what is wrong. */
function useNotes({ pointer, schema, faults }: Pick<FieldProps, 'pointer' | 'schema' | 'faults'>) {
  const id = useId()
  const hint = useHint(schema)
  const fault = faults[pointer] ?? (kindOf(schema) === 'json' ? inside(pointer, faults) : undefined)
  return {
    id,
    hint,
    fault,
    described: { 'aria-invalid': fault ? true : undefined, 'aria-describedby': [hint && `${id}-hint`, fault && `${id}-fault`].filter(Boolean).join(' ') || undefined },
    notes: <>{hint && <span className="hint" id={`${id}-hint`}>{hint}</span>}{fault && <span className="fault" id={`${id}-fault`}>{fault}</span>}</>,
  }
}

/** What is wrong in a document that is written as one. */
const inside = (pointer: string, faults: Record<string, string>) =>
  Object.entries(faults).filter(([at]) => at.startsWith(`${pointer}/`)).map(([at, message]) => `${at.slice(pointer.length + 1)}: ${message}`).join(' ') || undefined

/** Whose clock goes like that of the browser need not be told which one it is. */
const BROWSER_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone

function Input(props: FieldProps) {
  const { name, pointer, schema, required, value, change } = props
  const { locale, zone } = useReader()
  const texts = useTexts()
  const kind = kindOf(schema)
  const { id, described, notes } = useNotes(props)
  const common = { id, name: pointer, required, ...described }
  return (
    <div className="field">
      <label htmlFor={id}>{fieldOf(name)}{required && <Needed />}{kind === 'moment' && zone !== BROWSER_ZONE && <span className="hint"> {zone}</span>}</label>
      {kind === 'choice' ? (
        <select {...common} value={String(value ?? '')} onChange={(event) => change(event.target.value || undefined)}>
          <option value="">{texts.act.notSet}</option>
          {schema.enum!.map((value) => <option key={value} value={value}>{labelOf(value)}</option>)}
        </select>
      ) : kind === 'weekday' ? (
        <select {...common} value={String(value ?? '')} onChange={(event) => change(event.target.value || undefined)}>
          <option value="">{texts.act.notSet}</option>
          {WEEKDAYS.map((day) => <option key={day} value={day}>{weekday(day, locale)}</option>)}
        </select>
      ) : kind === 'long' || kind === 'json' ? (
        <textarea {...common} value={kind === 'json' ? text(value) : String(value ?? '')} onChange={(event) => change(kind === 'json' ? parsed(event.target.value) : event.target.value)} />
      ) : (
        <input
          {...common}
          type={schema.format === 'password' ? 'password' : { number: 'number', moment: 'datetime-local', date: 'date', time: 'time', colour: 'color' }[kind as string] ?? 'text'}
          min={schema.minimum}
          max={schema.maximum}
          maxLength={schema.maxLength}
          list={name === 'zone' ? `${id}-zones` : undefined}
          value={kind === 'moment' ? local(value, zone) : String(value ?? '')}
          onChange={(event) => change(read(kind, event.target.value, zone))}
        />
      )}
      {name === 'zone' && <datalist id={`${id}-zones`}>{Intl.supportedValuesOf('timeZone').map((zone) => <option key={zone} value={zone} />)}</datalist>}
      {notes}
    </div>
  )
}

/** What the contract says of a part: it speaks English, so only to those who read that, and marks code, which is no mark to people. */
function useHint({ description }: Schema) {
  return useReader().language === 'en' ? description?.replaceAll('`', '') : undefined
}

function Yes(props: FieldProps) {
  const { name, pointer, value, change } = props
  const { described, notes } = useNotes(props)
  return (
    <div className="field">
      <label className="check">
        <input type="checkbox" name={pointer} checked={value === true} onChange={(event) => change(event.target.checked)} {...described} /> {fieldOf(name)}
      </label>
      {notes}
    </div>
  )
}

/** Several inputs as one: what is wrong with all of it stands above them. `title`: what it is called, if not as its field. */
export function Group({ title, children, ...props }: FieldProps & { title?: string; children: ReactNode }) {
  const { described, notes } = useNotes(props)
  return (
    <fieldset className="field" aria-describedby={described['aria-describedby']} data-invalid={described['aria-invalid']}>
      <legend>{title ?? fieldOf(props.name)}{props.required && <Needed />}</legend>
      {notes}
      {children}
    </fieldset>
  )
}

function Parts(props: FieldProps) {
  const { name, pointer, schema, value, change, ...rest } = props
  const parts = (value ?? {}) as Record<string, unknown>
  // What may be left out as a whole asks for nothing until something of it is given.
  const begun = rest.required || Object.values(parts).some((part) => part !== undefined && part !== '')
  return (
    <Group {...props}>
      {ordered(schema, rest.schemas).map(([part, inner]) => (
        <Field key={part} {...rest} name={part} pointer={`${pointer}/${part}`} schema={inner} required={begun && schema.required?.includes(part)} value={parts[part]} change={(to) => change({ ...parts, [part]: to })} />
      ))}
    </Group>
  )
}

/** Parts that are each under a key, such as a language. */
function Keyed(props: FieldProps) {
  const { name, pointer, schema, value, change, ...rest } = props
  const texts = useTexts()
  const parts = (value ?? {}) as Record<string, unknown>
  const absent = schema.propertyNames!.enum!.filter((key) => !(key in parts))
  return (
    <Group {...props}>
      {Object.entries(parts).map(([key, part]) => (
        <div key={key} className="field">
          <Field {...rest} name={labelOf(key)} pointer={`${pointer}/${key}`} schema={schema.additionalProperties as Schema} value={part} change={(to) => change({ ...parts, [key]: to })} />
          <Button className="button quiet bad" onPress={() => change(Object.fromEntries(Object.entries(parts).filter(([other]) => other !== key)))}><Trash2 size={16} /> {texts.act.remove}</Button>
        </div>
      ))}
      <div className="row-end">{absent.map((key) => <Button key={key} className="button" onPress={() => change({ ...parts, [key]: {} })}><Plus size={16} /> {labelOf(key)}</Button>)}</div>
    </Group>
  )
}

function Several(props: FieldProps) {
  const { name, pointer, schema, value, change, ...rest } = props
  const texts = useTexts()
  const parts = Array.isArray(value) ? value : []
  return (
    <Group {...props}>
      {parts.map((part, at) => (
        <div key={at} className="field">
          <Field {...rest} name={`${fieldOf(name)} ${at + 1}`} pointer={`${pointer}/${at}`} schema={schema.items!} value={part} change={(to) => change(parts.with(at, to))} />
          <Button className="button quiet bad" onPress={() => change(parts.toSpliced(at, 1))}><Trash2 size={16} /> {texts.act.remove}</Button>
        </div>
      ))}
      <Button className="button" onPress={() => change([...parts, kindOf(plain(schema.items!, rest.schemas)) === 'object' ? {} : ''])}><Plus size={16} /> {texts.act.add}</Button>
    </Group>
  )
}

/** One of several shapes, which a tag tells apart. */
function Variants(props: FieldProps) {
  const { name, pointer, schema, value, change, ...rest } = props
  const id = useId()
  const texts = useTexts()
  const variants = schema.oneOf!.map((variant) => plain(variant, rest.schemas))
  const tagOf = (variant: Schema) => Object.entries(variant.properties ?? {}).find(([, part]) => plain(part, rest.schemas).enum?.length === 1)
  const tag = variants.map(tagOf).find(Boolean)?.[0] ?? ''
  const variantOf = (variant: Schema) => tagOf(variant)?.[1].enum?.[0] ?? Object.keys(variant.properties ?? {})[0] ?? ''
  const current = (value ?? {}) as Record<string, unknown>
  const chosen = variants.find((variant) => (tag ? variantOf(variant) === current[tag] : variantOf(variant) in current))
  return (
    <Group {...props}>
      <div className="field">
        <label htmlFor={id}>{fieldOf(tag || name)}</label>
        <select id={id} value={chosen ? variantOf(chosen) : ''} onChange={(event) => change(event.target.value ? (tag ? { [tag]: event.target.value } : { [event.target.value]: '' }) : undefined)}>
          <option value="">{texts.act.notSet}</option>
          {variants.map((variant) => <option key={variantOf(variant)} value={variantOf(variant)}>{labelOf(variantOf(variant))}</option>)}
        </select>
      </div>
      {chosen && Object.entries(chosen.properties ?? {}).filter(([part]) => part !== tag).map(([part, inner]) => (
        <Field key={part} {...rest} name={part} pointer={`${pointer}/${part}`} schema={inner} required={chosen.required?.includes(part)} value={current[part]} change={(to) => change({ ...current, [part]: to })} />
      ))}
    </Group>
  )
}

/** A moment as an input shows it, by the clock that the reader is told times by. */
const local = (value: unknown, zone: string) => (typeof value === 'string' && value !== '' ? wallClock(new Date(value), zone).slice(0, 16) : '')

function read(kind: string, typed: string, zone: string): unknown {
  if (typed === '') return undefined
  if (kind === 'number') return Number(typed)
  if (kind === 'time') return typed.length === 5 ? `${typed}:00` : typed
  return kind === 'moment' ? momentOf(typed, zone) : typed
}

const text = (value: unknown) => (typeof value === 'string' || value === undefined ? String(value ?? '') : JSON.stringify(value, null, 2))
function parsed(typed: string): unknown {
  try {
    return typed === '' ? undefined : JSON.parse(typed)
  } catch {
    return typed
  }
}
