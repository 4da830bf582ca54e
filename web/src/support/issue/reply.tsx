// The box for an answer, or for an internal note in another colour.
import { useMutation } from '@tanstack/react-query'
import { MessageSquareQuote } from 'lucide-react'
import { useRef, useState, type KeyboardEvent } from 'react'
import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components'
import { call, type Row } from '../../api/client'
import { useRefresh } from '../../api/refresh'
import { chord, useKeys } from '../../kit/keys'
import { Segments } from '../../kit/segments'
import { filtered, useAllRows } from '../../kit/rows'
import { useUnsaved } from '../../kit/unsaved'
import { Files } from './files'
import { useTexts } from './texts'
import type { Uploads } from './uploads'

interface Props {
  row: Row<'support.issue'>
  works: boolean
  /** What goes with the answer. */
  uploads: Uploads
  resolve: () => Promise<boolean>
}

export function Reply({ row, works, uploads, resolve }: Props) {
  const texts = useTexts()
  const refresh = useRefresh()
  const box = useRef<HTMLTextAreaElement>(null)
  const [text, setText] = useState('')
  const [note, setNote] = useState(false)
  const say = useMutation({
    mutationFn: async ({ key }: { key: string; andResolve: boolean }) => {
      const visibility = note ? 'internal' : 'public'
      await uploads.attach(row.id, visibility)
      if (text.trim()) await call('support.issue.comment', { path: { id: row.id }, body: { text, visibility }, key })
    },
    onSuccess: async (_, { andResolve }) => {
      setText('')
      await refresh('support.issue')
      if (andResolve) await resolve()
    },
  })
  useUnsaved(text.trim() !== '' || uploads.all.length > 0)
  const write = (asNote: boolean) => {
    setNote(asNote)
    box.current?.focus()
  }
  useKeys({ r: () => write(false), n: works && (() => write(true)) })
  const says = (text.trim() !== '' || uploads.all.length > 0) && uploads.ready && !say.isPending
  const send = (andResolve = false) => says && say.mutate({ key: crypto.randomUUID(), andResolve })
  const pressed = (event: KeyboardEvent) => {
    if (event.key === 'Escape') box.current?.blur()
    if (event.key !== 'Enter' || !(event.metaKey || event.ctrlKey)) return
    event.preventDefault()
    send(event.shiftKey && works && row.status === 'open')
  }
  const hint = note ? texts.noteHint : works ? texts.replyHint : texts.answerHint
  return (
    <form className="reply" data-note={note || undefined} onSubmit={(event) => { event.preventDefault(); send() }}>
      <textarea ref={box} aria-label={note ? texts.note : texts.reply} placeholder={hint} value={text} rows={3} onChange={(event) => setText(event.target.value)} onKeyDown={pressed} />
      <Files of={uploads} />
      {say.error && <span className="fault" role="alert">{say.error.message}</span>}
      <div className="reply-acts">
        {works && (
          <Segments label={texts.reply} of={[['reply', texts.reply], ['note', texts.note]]} chosen={note ? 'note' : 'reply'} choose={(kind) => write(kind === 'note')} />
        )}
        {works && <Answers product={row.product ?? undefined} take={(answer) => { setText((before) => (before ? `${before}\n${answer}` : answer)); box.current?.focus() }} />}
        <span className="row-end">
          {works && row.status === 'open' && !note && <Button className="button" isDisabled={!says} onPress={() => send(true)}>{texts.sendResolve}</Button>}
          <Button type="submit" className="button first" isDisabled={!says}>{texts.send} <kbd>{chord('↵')}</kbd></Button>
        </span>
      </div>
    </form>
  )
}

/** Answers that were prepared: those for the product, and those for any. */
function Answers({ product, take }: { product?: string; take: (text: string) => void }) {
  const texts = useTexts()
  const [open, setOpen] = useState(false)
  const rows = useAllRows('support.macro', { sort: 'name', ...filtered({ retired: 'false' }) }, open)
  const fitting = rows.filter((row) => !row.product || row.product === product)
  return (
    <MenuTrigger isOpen={open} onOpenChange={setOpen}>
      <Button className="button quiet"><MessageSquareQuote size={16} /> {texts.answers}</Button>
      <Popover className="popover" placement="top start">
        <Menu aria-label={texts.answers} renderEmptyState={() => <p className="hint">{texts.noAnswers}</p>} onAction={(id) => take(fitting.find((row) => row.id === id)!.text)}>
          {fitting.map((row) => <MenuItem key={row.id} id={row.id} className="menu-item">{row.name}</MenuItem>)}
        </Menu>
      </Popover>
    </MenuTrigger>
  )
}
