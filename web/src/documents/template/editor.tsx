// The text of a template: written beside the fields that it may name, tried on a sample or a licence, and published.
import { useMutation, useQuery } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { Button } from 'react-aria-components'
import { call, type Row } from '../../api/client'
import { Problem } from '../../api/problem'
import { useRefresh } from '../../api/refresh'
import { toast } from '../../kit/toast'
import { useUnsaved } from '../../kit/unsaved'
import { actOf, fieldOf, useTexts as useSharedTexts } from '../../texts'
import { expressionOf, sampleOf } from './expression'
import { Faults } from './faults'
import { usePreview } from './preview'
import { useTexts } from './texts'

type Template = Row<'documents.template'>

/** What a template is for. */
export interface About {
  kind: Template['kind']
  language: Template['language']
  product?: string | null
}

/** What documents say until the business writes something else, and what their text may name. */
export const useBuiltIn = ({ kind, language }: About) =>
  useQuery({
    queryKey: ['documents.template', 'built-in', kind, language],
    queryFn: ({ signal }) => call('documents.template.built_in', { query: { kind, language }, signal }),
    staleTime: Infinity,
  }).data?.data

interface Props {
  about: About
  /** What it says so far. */
  text: string
  /** The template as it is seen, if it is there already. */
  row?: Template
  /** Where to go on when it is made. */
  made?: (id: string) => void
}

export function Editor({ about: { kind, language, product }, text: began, row, made }: Props) {
  const texts = useTexts()
  const refresh = useRefresh()
  const box = useRef<HTMLTextAreaElement>(null)
  /** With the version that it was typed over. */
  const [typed, setTyped] = useState<{ text: string; version?: number }>()
  const text = typed?.text ?? began
  const type = (text: string) => setTyped({ text, version: typed ? typed.version : row?.version })
  const settle = useUnsaved(typed !== undefined)
  const preview = usePreview({ kind, language, product, text })
  const publish = useMutation({
    mutationFn: () =>
      row
        ? call('documents.template.publish', { path: { id: row.id }, body: { text }, version: typed?.version ?? row.version })
        : call('documents.template.create', { body: { kind, language, product, text } }),
    onMutate: preview.forget,
    onError: (error) => {
      // Who was told that it was changed meanwhile publishes over what is seen then, if they want.
      if (error instanceof Problem && error.status === 412) setTyped({ text })
      void refresh('documents.template')
    },
    onSuccess: async ({ data }) => {
      toast(texts.published)
      await refresh('documents.template')
      if (made) {
        settle()
        made(data.id)
      } else setTyped(undefined)
    },
  })
  const insert = (expression: string) => {
    box.current!.setRangeText(expression, box.current!.selectionStart, box.current!.selectionEnd, 'end')
    type(box.current!.value)
    box.current!.focus()
  }
  const says = row !== undefined && !row.retired && text === row.text
  return (
    <section aria-label={fieldOf('text')}>
      <div className="template-editor">
        <label className="field">
          <span className="label">{row ? texts.version(row.template_version) : fieldOf('text')}</span>
          <textarea ref={box} name="/text" className="template-text" lang={language} spellCheck value={text} onChange={(event) => type(event.target.value)} />
        </label>
        <Fields about={{ kind, language }} insert={insert} />
      </div>
      <Faults of={publish.error ?? preview.error} text={text} box={box} />
      <div className="template-acts">
        {preview.chooser}
        <span className="row-end">
          <Button className="button" isPending={preview.isPending} onPress={() => { publish.reset(); preview.show() }}>{actOf('documents.template.preview')}</Button>
          <Button className="button first" isDisabled={says || publish.isPending} onPress={() => publish.mutate()}>{actOf('documents.template.publish')}</Button>
        </span>
      </div>
      {preview.shown}
    </section>
  )
}

/** What the text may name, with what it is of a made-up one; pressed, it stands where the text is written. */
function Fields({ about, insert }: { about: About; insert: (expression: string) => void }) {
  const texts = useTexts()
  const { item } = useSharedTexts()
  const fields = Object.entries(useBuiltIn(about)?.fields ?? {})
  return (
    <div className="template-fields">
      <h2>{texts.fields}</h2>
      <p className="hint">{texts.fieldsHint}</p>
      <dl>
        {fields.map(([name, sample]) => (
          <div key={name}><dt><Button className="link" onPress={() => insert(expressionOf(name, sample))}><code>{name}</code></Button></dt><dd className="hint" lang={about.language}>{typeof sample === 'boolean' ? (sample ? item.yes : item.no) : sampleOf(sample)}</dd></div>
        ))}
      </dl>
    </div>
  )
}
