// One part of a body as inputs: text, number, choice, moment; parts with parts; lists; one of several variants.
import { Plus, Trash2 } from 'lucide-react'
import { useId } from 'react'
import { Button } from 'react-aria-components'
import type { Topic } from '../api/client'
import { may, useMe } from '../api/rights'
import { fieldOf, useReader, useWords, wordOf } from '../words'
import { weekday, WEEKDAYS } from '../words/weekday'
import { kindOf, ordered, plain, type Schema, type Schemas } from './form'
import { isMoney, MoneyField } from './money-field'
import { Pick, pickedFrom } from './pick'

interface Props {
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

export function Field(props: Props) {
  const topic = pickedFrom(props.schema)
  const me = useMe()
  if (topic && me && may(me.rights, `${topic}.list`)) return <Other {...props} topic={topic} />
  const schema = plain(props.schema, props.schemas)
  if (isMoney(schema)) return <MoneyField {...props} />
  const Kind = { object: Parts, map: Keyed, list: Several, variants: Variants, yes: Yes }[kindOf(schema) as string] ?? Input
  return <Kind {...props} schema={schema} />
}

/** Another thing, by its name. */
function Other({ topic, name, pointer, schema, required, value, change, faults }: Props & { topic: Topic }) {
  return (
    <div className="field">
      <Pick topic={topic} label={fieldOf(name)} value={value as string | undefined} change={change} required={required} invalid={pointer in faults} />
      <Hint of={schema} />
      {faults[pointer] && <span className="fault">{faults[pointer]}</span>}
    </div>
  )
}

function Input({ name, pointer, schema, required, value, change, faults }: Props) {
  const id = useId()
  const { words, locale } = useReader()
  const kind = kindOf(schema)
  // What serde says of a field that is not there is for programs.
  const fault = faults[pointer]?.startsWith('missing field') ? words.act.required : faults[pointer]
  const hint = useHint(schema)
  const described = [hint && `${id}-hint`, fault && `${id}-fault`].filter(Boolean).join(' ') || undefined
  const common = { id, name: pointer, required, 'aria-invalid': fault ? true : undefined, 'aria-describedby': described }
  return (
    <div className="field">
      <label htmlFor={id}>{fieldOf(name)}{required && <span aria-hidden="true"> *</span>}</label>
      {kind === 'choice' ? (
        <select {...common} value={String(value ?? '')} onChange={(event) => change(event.target.value || undefined)}>
          <option value="">{words.act.notSet}</option>
          {schema.enum!.map((word) => <option key={word} value={word}>{wordOf(word)}</option>)}
        </select>
      ) : kind === 'weekday' ? (
        <select {...common} value={String(value ?? '')} onChange={(event) => change(event.target.value || undefined)}>
          <option value="">{words.act.notSet}</option>
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
          value={kind === 'moment' ? local(value) : String(value ?? '')}
          onChange={(event) => change(read(kind, event.target.value))}
        />
      )}
      {hint && <span className="hint" id={`${id}-hint`}>{hint}</span>}
      {fault && <span className="fault" id={`${id}-fault`}>{fault}</span>}
    </div>
  )
}

/** What the contract says of a part: it speaks English, so only to those who read that. */
function useHint({ description }: Schema) {
  return useReader().language === 'en' ? description : undefined
}

function Hint({ of }: { of: Schema }) {
  const hint = useHint(of)
  return hint && <span className="hint">{hint}</span>
}

function Yes({ name, pointer, schema, value, change, faults }: Props) {
  return (
    <div className="field">
      <label className="check">
        <input type="checkbox" name={pointer} checked={value === true} onChange={(event) => change(event.target.checked)} /> {fieldOf(name)}
      </label>
      <Hint of={schema} />
      {faults[pointer] && <span className="fault">{faults[pointer]}</span>}
    </div>
  )
}

function Parts({ name, pointer, schema, value, change, ...rest }: Props) {
  const parts = (value ?? {}) as Record<string, unknown>
  return (
    <fieldset className="field">
      <legend>{fieldOf(name)}</legend>
      {rest.faults[pointer] && <span className="fault">{rest.faults[pointer]}</span>}
      {ordered(schema, rest.schemas).map(([part, inner]) => (
        <Field key={part} {...rest} name={part} pointer={`${pointer}/${part}`} schema={inner} required={schema.required?.includes(part)} value={parts[part]} change={(to) => change({ ...parts, [part]: to })} />
      ))}
    </fieldset>
  )
}

/** Parts that are each under a word, such as a language. */
function Keyed({ name, pointer, schema, value, change, ...rest }: Props) {
  const words = useWords()
  const parts = (value ?? {}) as Record<string, unknown>
  const absent = schema.propertyNames!.enum!.filter((key) => !(key in parts))
  return (
    <fieldset className="field">
      <legend>{fieldOf(name)}</legend>
      <Hint of={schema} />
      {rest.faults[pointer] && <span className="fault">{rest.faults[pointer]}</span>}
      {Object.entries(parts).map(([key, part]) => (
        <div key={key} className="field">
          <Field {...rest} name={wordOf(key)} pointer={`${pointer}/${key}`} schema={schema.additionalProperties as Schema} value={part} change={(to) => change({ ...parts, [key]: to })} />
          <Button className="button quiet bad" onPress={() => change(Object.fromEntries(Object.entries(parts).filter(([other]) => other !== key)))}><Trash2 size={16} /> {words.act.remove}</Button>
        </div>
      ))}
      <div className="row-end">{absent.map((key) => <Button key={key} className="button" onPress={() => change({ ...parts, [key]: {} })}><Plus size={16} /> {wordOf(key)}</Button>)}</div>
    </fieldset>
  )
}

function Several({ name, pointer, schema, value, change, ...rest }: Props) {
  const words = useWords()
  const parts = Array.isArray(value) ? value : []
  return (
    <fieldset className="field">
      <legend>{fieldOf(name)}</legend>
      <Hint of={schema} />
      {rest.faults[pointer] && <span className="fault">{rest.faults[pointer]}</span>}
      {parts.map((part, at) => (
        <div key={at} className="field">
          <Field {...rest} name={`${fieldOf(name)} ${at + 1}`} pointer={`${pointer}/${at}`} schema={schema.items!} value={part} change={(to) => change(parts.with(at, to))} />
          <Button className="button quiet bad" onPress={() => change(parts.toSpliced(at, 1))}><Trash2 size={16} /> {words.act.remove}</Button>
        </div>
      ))}
      <Button className="button" onPress={() => change([...parts, kindOf(plain(schema.items!, rest.schemas)) === 'object' ? {} : ''])}><Plus size={16} /> {words.act.add}</Button>
    </fieldset>
  )
}

/** One of several shapes, which a tag tells apart. */
function Variants({ name, pointer, schema, value, change, ...rest }: Props) {
  const words = useWords()
  const variants = schema.oneOf!.map((variant) => plain(variant, rest.schemas))
  const tagOf = (variant: Schema) => Object.entries(variant.properties ?? {}).find(([, part]) => plain(part, rest.schemas).enum?.length === 1)
  const tag = variants.map(tagOf).find(Boolean)?.[0] ?? ''
  const variantOf = (variant: Schema) => tagOf(variant)?.[1].enum?.[0] ?? Object.keys(variant.properties ?? {})[0] ?? ''
  const current = (value ?? {}) as Record<string, unknown>
  const chosen = variants.find((variant) => (tag ? variantOf(variant) === current[tag] : variantOf(variant) in current))
  return (
    <fieldset className="field">
      <legend>{fieldOf(name)}</legend>
      <select aria-label={fieldOf(name)} value={chosen ? variantOf(chosen) : ''} onChange={(event) => change(event.target.value ? (tag ? { [tag]: event.target.value } : { [event.target.value]: '' }) : undefined)}>
        <option value="">{words.act.notSet}</option>
        {variants.map((variant) => <option key={variantOf(variant)} value={variantOf(variant)}>{wordOf(variantOf(variant))}</option>)}
      </select>
      {chosen && Object.entries(chosen.properties ?? {}).filter(([part]) => part !== tag).map(([part, inner]) => (
        <Field key={part} {...rest} name={part} pointer={`${pointer}/${part}`} schema={inner} required={chosen.required?.includes(part)} value={current[part]} change={(to) => change({ ...current, [part]: to })} />
      ))}
    </fieldset>
  )
}

/** A moment as an input shows it, in the time of the browser. */
function local(value: unknown): string {
  if (typeof value !== 'string' || value === '') return ''
  const moment = new Date(value)
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

function read(kind: string, typed: string): unknown {
  if (typed === '') return undefined
  if (kind === 'number') return Number(typed)
  if (kind === 'time') return typed.length === 5 ? `${typed}:00` : typed
  return kind === 'moment' ? new Date(typed).toISOString() : typed
}

const text = (value: unknown) => (typeof value === 'string' || value === undefined ? String(value ?? '') : JSON.stringify(value, null, 2))
function parsed(typed: string): unknown {
  try {
    return typed === '' ? undefined : JSON.parse(typed)
  } catch {
    return typed
  }
}
