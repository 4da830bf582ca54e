// What somebody added to an issue: by whom, who may read it, and when.
import type { ReactNode } from 'react'
import type { Answer } from '../../api/client'
import { Avatar } from '../../kit/value'
import { useFormats } from '../../texts'
import { useTexts } from './texts'

type Added = Pick<Answer<'support.issue.comments'>['data'][number], 'author' | 'author_name' | 'visibility' | 'side' | 'at'>

export function Entry({ of, edited, children }: { of: Added; edited?: boolean; children: ReactNode }) {
  const texts = useTexts()
  const formats = useFormats()
  const internal = of.visibility === 'internal'
  return (
    <li className="comment" data-internal={internal || undefined}>
      <Avatar id={of.author} name={of.author_name ?? '–'} />
      <div>
        <header>
          <strong>{of.author_name}</strong>
          {(internal || of.side === 'staff') && <span className="mark">{internal ? texts.note : texts.staff}</span>}
          <time dateTime={of.at}>{formats.ago(of.at)}</time>
          {edited && <span>{texts.edited}</span>}
        </header>
        {children}
      </div>
    </li>
  )
}
