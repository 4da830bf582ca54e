// What stands where data would be: a skeleton, nothing, or a problem with what can be done about it.
import { useEffect, useRef } from 'react'
import { Button } from 'react-aria-components'
import { Problem } from '../api/problem'
import { waits } from '../api/waiting'
import { useTexts } from '../texts'
import { useUnread } from './unread'

export function Skeleton({ rows = 6 }: { rows?: number }) {
  return (
    <div className="skeleton" aria-hidden="true">
      {Array.from({ length: rows }, (_, row) => <i key={row} />)}
    </div>
  )
}

/** A page that is on its way; if it takes long, the shell says why. */
export function Pending() {
  useEffect(waits, [])
  return <div className="page"><Skeleton /></div>
}

export function Trouble({ error, retry }: { error: unknown; retry?: () => void }) {
  const texts = useTexts()
  const problem = error instanceof Problem ? error : undefined
  const heading = explained(problem, texts) ?? texts.problem.unknown
  return (
    <div className="problem" role="alert">
      <strong>{heading}</strong>
      {problem && problem.status !== 0 && problem.detail !== heading && <p>{problem.detail}</p>}
      {retry && <Button className="button" onPress={retry}>{texts.problem.again}</Button>}
      {!problem && <code>{String(error)}</code>}
      {problem?.trace && <code>{texts.problem.trace} {problem.trace}</code>}
    </div>
  )
}

function explained(problem: Problem | undefined, { problem: texts }: ReturnType<typeof useTexts>) {
  switch (problem?.status) {
    case 403: return texts.forbidden
    case 404: return texts.notFound
    case 412: return texts.changed
    default: return problem?.detail
  }
}

/** The heading of a page: it gets the focus when somebody comes here, and names the page. */
export function Heading({ children }: { children: string }) {
  const heading = useRef<HTMLHeadingElement>(null)
  const unread = useUnread()
  useEffect(() => {
    document.title = `${unread ? `(${unread}) ` : ''}${children} · Servicebook`
  }, [children, unread])
  useEffect(() => {
    heading.current?.focus({ preventScroll: true })
  }, [children])
  return <h1 ref={heading} tabIndex={-1}>{children}</h1>
}
