// The form of a command: its fields, what is wrong with them, and what is shown once when it is done.
import { useMutation } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { Button } from 'react-aria-components'
import { call } from '../api/client'
import { Problem } from '../api/problem'
import { useRefresh } from '../api/refresh'
import { useMe } from '../api/rights'
import { useTexts } from '../texts'
import type { Forms, Props } from './command'
import { faultsOf } from './faults'
import { Field } from './field'
import { beyond, body, emptied, exampleAt, initial, ordered, plain, type Schema } from './form'
import { useNameOf } from './names'
import { Once, secretsOf, type Secret } from './once'
import { resourceOf } from './resource'
import { rolesToGive } from './roles'
import { toast } from './toast'
import { useUndo } from './undo'
import { useUnsaved } from './unsaved'

type Done = { data: Record<string, unknown> & { id: string } }

/** What writes down what was typed; all else is called by its name, also on its button. */
const SAVES = /\.(patch|create|register|rename|set_\w+|change\w*|edit\w*|define\w*)$/

const focusFirst = (form: HTMLFormElement | null) => form?.querySelector<HTMLElement>('input, select, textarea')?.focus()

/** Leads to what is wrong: to the first such field, else to what is said above them all. */
function leadToFault(form: HTMLFormElement | null) {
  form?.querySelector('.fault')?.scrollIntoView({ block: 'nearest' })
  form?.querySelector<HTMLElement>(':is(input, select, textarea)[aria-invalid="true"]')?.focus()
}

/** What somebody called a new thing, or whom they asked in. */
const typedName = (value: Record<string, unknown>) => [value.name, value.title, value.email].find((name): name is string => typeof name === 'string' && name !== '')

export function CommandForm({ name, title, row, rows, begins, path, settled, told, forms: { forms, schemas }, close, done, keep }: Props & { title: string; forms: Forms; keep: (kept: boolean) => void }) {
  const texts = useTexts()
  const refresh = useRefresh()
  const me = useMe()
  const schema = plain(forms[name] ?? {}, schemas)
  const topic = name.split('.').slice(0, 2).join('.')
  const resource = resourceOf(topic)
  const [began] = useState(() => initial(schema, row ?? begins, schemas))
  // What is only proposed was not there before: it is nothing to go back to.
  const [proposed] = useState(() => ({ ...(row && initial(schema, resource?.begins?.(row as never), schemas)), ...began }))
  const [value, setValue] = useState<Record<string, unknown>>(proposed)
  const undo = useUndo()
  const settle = useUnsaved(value !== proposed)
  const nameOf = useNameOf()
  // What it is done to; what a row of another topic is called is not known here.
  const called = row && 'version' in row && resource ? (resource.sentence?.(row as never, nameOf) ?? resource.title(row as never)) : undefined
  const [secrets, setSecrets] = useState<Secret[]>([])
  // One key for the dialogue: sent again, it does not happen twice.
  const [key] = useState(() => crypto.randomUUID())
  const [keys] = useState(() => rows?.map(() => crypto.randomUUID()) ?? [])
  // What stood there when it was opened: what is changed meanwhile is shown behind it, and overwritten only by
  // who was told (412) and sends it again.
  const [seen, setSeen] = useState(row?.version)
  const execute = (to: Props['row'], key: string, version = to?.version) => call(name, { path: path ?? (to && { id: to.id }), body: body({ ...value, ...emptied(schema, began, value), ...settled }), version, key }) as Promise<unknown> as Promise<Done>
  const send = useMutation({
    mutationFn: async () => {
      if (!rows) return execute(row, key, seen)
      // One after the other: the first refusal is shown, and what was done is not done again.
      for (const [at, one] of rows.entries()) await execute(one, keys[at]!)
    },
    onError: (error) => {
      if (error instanceof Problem && error.status === 412) setSeen(undefined)
      void refresh(name)
    },
    onSuccess: (answer) => {
      void refresh(name)
      toast(told ?? (rows ? texts.act.doneTo(title, rows.length) : texts.act.done(title, called ?? typedName(value))), { undo: undo(name, (rows ?? [row ?? []].flat()).map(({ id }) => id), body(value) as Record<string, unknown>, began) })
      const found = secretsOf(answer?.data)
      setSecrets(found)
      keep(found.length > 0)
      if (found.length === 0) finish(answer)
    },
  })
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => focusFirst(form.current), [])
  useEffect(() => {
    if (send.isError) leadToFault(form.current)
  }, [send.error, send.isError])
  const finish = (answer: Done | undefined) => {
    settle()
    close()
    done?.(answer?.data?.id ?? '', answer?.data ?? {})
  }
  if (secrets.length > 0) return <Once title={title} of={secrets} close={() => finish(send.data)} />
  const problem = send.error instanceof Problem ? send.error : undefined
  const faults = faultsOf(problem, (pointer) => exampleAt(pointer, schema, value, schemas), [...beyond(schema, value, schemas)])
  const offered = (part: Schema) => ({ ...part, enum: me && rolesToGive(part.enum ?? [], me, topic) })
  const shown = resource?.facts?.map((fact) => (typeof fact === 'string' ? fact : fact.name))
  const fields = ordered(schema, schemas, shown).filter(([field]) => !(settled && field in settled)).map(([field, part]): [string, Schema] => [field, field === 'role' ? offered(plain(part, schemas)) : part])
  // What is wrong with nothing that is asked for here is told in full.
  const others = Object.entries(faults).filter(([pointer]) => !fields.some(([field]) => pointer.split('/')[1] === field)).map(([, message]) => message)
  const about = rows ? texts.list.chosen(rows.length) : (called ?? texts.act.sure)
  return (
    <form ref={form} onSubmit={(event) => { event.preventDefault(); send.mutate() }} noValidate>
      <h2>{title}</h2>
      {problem && (
        <p className="fault" role="alert">
          {Object.keys(faults).length > 0 ? [...new Set([texts.act.fault, ...others])].join(' ') : problem.status === 412 ? texts.problem.changed : problem.detail}
          {problem.rule && ` (${texts.problem.rule(problem.rule)})`}
        </p>
      )}
      {fields.length === 0 && <p>{about}</p>}
      {resource?.Hint && <resource.Hint name={name} row={row} />}
      {fields.map(([field, part]) => {
        const Input = resource?.inputs?.[field] ?? Field
        return (
          <Input
            key={field}
            name={resource?.people && field === 'name' ? 'person_name' : field}
            pointer={`/${field}`}
            schema={part}
            schemas={schemas}
            required={schema.required?.includes(field)}
            value={value[field]}
            change={(to) => setValue((before) => ({ ...before, [field]: to }))}
            faults={faults}
          />
        )
      })}
      <div className="row-end">
        <Button className="button" onPress={close}>{texts.act.cancel}</Button>
        <Button type="submit" className="button first" isDisabled={send.isPending}>{fields.length === 0 || !SAVES.test(name) ? title : texts.act.send}</Button>
      </div>
    </form>
  )
}
