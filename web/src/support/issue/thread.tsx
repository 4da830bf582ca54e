// What was said in an issue, and the box for an answer or an internal note.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from 'react-aria-components'
import { call, type Row } from '../../api/client'
import { Problem } from '../../api/problem'
import { may, useMe } from '../../api/rights'
import { Skeleton, Trouble } from '../../kit/states'
import { Avatar } from '../../kit/value'
import { humanised, useFormats, useWords } from '../../words'
import './thread.css'

export function Thread({ row }: { row: Row<'support.issue'> }) {
  const me = useMe()
  const words = useWords()
  const formats = useFormats()
  const comments = useQuery({
    queryKey: ['support.issue', 'comments', row.id],
    queryFn: ({ signal }) => call('support.issue.comments', { path: { id: row.id }, query: { limit: 200 }, signal }),
  })
  return (
    <section className="thread">
      <p className="said">{row.text}</p>
      {comments.isPending && <Skeleton rows={2} />}
      {comments.isError && <Trouble error={comments.error} />}
      {comments.data?.data.map((comment) => (
        <article key={comment.id} className={comment.visibility === 'internal' ? 'said internal' : 'said'}>
          <header><Avatar id={comment.author} name={comment.author_name ?? '–'} /> <strong>{comment.author_name}</strong> <time dateTime={comment.at}>{formats.ago(comment.at)}</time></header>
          {comment.text ?? words.item.none}
        </article>
      ))}
      {me && may(me.rights, 'support.issue.comment') && <Reply id={row.id} internal={may(me.rights, 'support.issue.assign')} />}
    </section>
  )
}

function Reply({ id, internal }: { id: string; internal: boolean }) {
  const words = useWords()
  const queries = useQueryClient()
  const [text, setText] = useState('')
  const [note, setNote] = useState(false)
  const say = useMutation({
    mutationFn: () => call('support.issue.comment', { path: { id }, body: { text, visibility: note ? 'internal' : 'public' } }),
    onSuccess: () => {
      setText('')
      return queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] === 'support.issue' })
    },
  })
  return (
    <form className="field reply" data-note={note || undefined} onSubmit={(event) => { event.preventDefault(); say.mutate() }}>
      <textarea aria-label={words.act.add} value={text} onChange={(event) => setText(event.target.value)} />
      {say.error instanceof Problem && <span className="fault" role="alert">{say.error.detail}</span>}
      <div className="row-end">
        {internal && <label className="check"><input type="checkbox" checked={note} onChange={(event) => setNote(event.target.checked)} /> {humanised('internal')}</label>}
        <Button type="submit" className="button first" isDisabled={text.trim() === '' || say.isPending}>{words.act.send}</Button>
      </div>
    </form>
  )
}
