// An issue: what was said and what happened to it, in order, with its facts beside it and the reply below.
import { Check, RotateCcw } from 'lucide-react'
import { lazy, Suspense, useEffect, useRef, type RefObject } from 'react'
import { Button } from 'react-aria-components'
import type { Answer, Row } from '../../api/client'
import { may, useMe, type Me } from '../../api/rights'
import { useAct } from '../../kit/act'
import { Acts } from '../../kit/acts'
import { differing } from '../../kit/facts'
import { useHistory, type Happened } from '../../kit/history'
import { useKeys } from '../../kit/keys'
import { useReadAbout } from '../../kit/read-about'
import { useActorOf } from '../../kit/names'
import type { Found, Standing } from '../../kit/one'
import { IntoPast, Past, useMoment } from '../../kit/past'
import { Reference } from '../../kit/reference'
import { resourceOf } from '../../kit/resource'
import { Heading, Skeleton, Trouble } from '../../kit/states'
import { Avatar, Badge } from '../../kit/value'
import { eventOf, useFormats } from '../../texts'
import { Entry } from './entry'
import { IssueFacts } from './facts'
import { useAttachments, useComments } from './queries'
import { useTexts } from './texts'
import { useDrop, useUploads } from './uploads'
import './thread.css'

const Reply = lazy(async () => ({ default: (await import('./reply')).Reply }))
const AttachmentEntry = lazy(async () => ({ default: (await import('./attachments')).AttachmentEntry }))

/** Whether somebody answers issues, and does not only ask. */
export const worksOnIssues = (me: Me) => may(me.rights, 'support.issue.assign')

type Comment = Answer<'support.issue.comments'>['data'][number]

export function Issue({ id }: { id: string }) {
  const moment = useMoment('support.issue', id)
  const { item } = moment
  useReadAbout(id)
  useKeys({ Escape: moment.past && (() => moment.go(undefined)) })
  if (item.isPending) return <div className="page"><Skeleton /></div>
  if (item.isError) return <div className="page"><Trouble error={item.error} retry={() => void item.refetch()} /></div>
  return <Opened row={item.data.data} acts={item.data.meta.acts} moment={moment} />
}

function Opened({ row, acts, moment }: { row: Found<'support.issue'>['data']; acts?: Standing; moment: ReturnType<typeof useMoment<'support.issue'>> }) {
  const me = useMe()
  const { now, past, go } = moment
  const texts = useTexts()
  const act = useAct()
  const uploads = useUploads()
  const answers = acts?.comment === null
  const drop = useDrop(uploads, answers)
  if (!me) return null
  const works = worksOnIssues(me)
  const called = `#${row.number} ${row.title ?? ''}`
  const resolve = () => act('support.issue.resolve', { row, called, undo: () => void act('support.issue.reopen', { row: { id: row.id }, called }) })
  const reopen = () => act('support.issue.reopen', { row, called })
  return (
    <div className="issue">
      <div className="issue-thread" {...drop}>
        {past && now && <Past topic="support.issue" id={row.id} past={past} go={go} differing={differing(resourceOf('support.issue')!, row, now)} />}
        <header>
          <div>
            <span className="hint">#{row.number}{works && row.cabinet && <> · <Reference topic="organizations.cabinet" id={row.cabinet} /></>}</span>
            <Heading>{row.title ?? '…'}</Heading>
          </div>
          <Badge of={row.status} />
          {!past && may(me.rights, 'support.issue.history') && <IntoPast topic="support.issue" id={row.id} past={past} go={go} />}
          <Acts topic="support.issue" title={called} row={row} acts={acts} />
          {row.status === 'open' && acts?.resolve === null && <Button className="button" onPress={() => void resolve()}><Check size={16} /> {texts.resolve}</Button>}
          {row.status !== 'open' && acts?.reopen === null && <Button className="button" onPress={() => void reopen()}><RotateCcw size={16} /> {texts.reopen}</Button>}
        </header>
        <Thread row={row} past={past} />
        {answers && <Suspense><Reply row={row} works={works} uploads={uploads} resolve={resolve} /></Suspense>}
      </div>
      <IssueFacts row={row} works={works && !past} past={past !== undefined} />
    </div>
  )
}

/** Events that comments and attachments show already. */
const SHOWN = new Set(['IssueFileAttached', 'IssueOpened', 'IssueCommented', 'IssueCommentEdited', 'IssueCommentDeleted', 'IssueFirstResponseGiven'])

function Thread({ row, past }: { row: Row<'support.issue'>; past?: { position: number; at: string } }) {
  const me = useMe()
  const actor = useActorOf()
  const comments = useComments(row.id)
  const { attachments, areThere, scanOf } = useAttachments(row.id)
  const all = comments.data?.pages.flatMap(({ data }) => data)
  const list = useRef<HTMLOListElement>(null)
  useOwnShown(list, [...(all ?? []), ...attachments].filter(({ author }) => author === me?.user).length, all !== undefined && areThere)
  const { events } = useHistory('support.issue', row.id, me !== undefined && may(me.rights, 'support.issue.history'))
  if (comments.isError) return <Trouble error={comments.error} />
  if (!all) return <Skeleton rows={4} />
  const isThere = ({ at }: { at: string }) => !past || Date.parse(at) <= Date.parse(past.at)
  const shown = all.filter(isThere)
  // Clients may not look up who answers them, but the comments say it.
  const names = new Map(shown.map(({ author, author_name }) => [author as string, author_name]))
  const nameOf = (id: string | null | undefined) => names.get(id ?? '') ?? actor(id)
  const entries = [
    ...shown.map((comment) => ({ at: comment.at, show: <CommentEntry key={comment.id} comment={comment} /> })),
    ...attachments.filter(isThere).map((attachment) => ({ at: attachment.at, show: <Suspense key={attachment.id}><AttachmentEntry issue={row.id} of={attachment} scan={scanOf(attachment.id)} changes={!past} /></Suspense> })),
    ...events.filter(({ type, position }) => !SHOWN.has(type) && (!past || position <= past.position)).map((event) => ({ at: event.recorded_at, show: <EventEntry key={event.position} event={event} by={nameOf(event.actor)} /> })),
  ].sort((one, other) => Date.parse(one.at) - Date.parse(other.at))
  return (
    <ol ref={list} className="comments" aria-live="polite">
      <OriginalRequest row={row} name={nameOf(row.reporter)} />
      {entries.map(({ show }) => show)}
    </ol>
  )
}

/** Whoever says something more is led to it; `loaded`: whether it is known how much they said. */
function useOwnShown(list: RefObject<HTMLElement | null>, said: number, loaded: boolean) {
  const before = useRef<number>(undefined)
  useEffect(() => {
    if (before.current !== undefined && said > before.current) list.current?.lastElementChild?.scrollIntoView({ block: 'center' })
    if (loaded) before.current = said
  }, [said, loaded])
}

function OriginalRequest({ row, name }: { row: Row<'support.issue'>; name?: string | null }) {
  const formats = useFormats()
  return (
    <li className="comment">
      <Avatar id={row.reporter} name={name ?? '?'} />
      <div>
        <header><strong>{name ?? <Reference topic="identity.user" id={row.reporter} />}</strong> <time dateTime={row.created_at}>{formats.ago(row.created_at)}</time></header>
        <p>{row.text}</p>
      </div>
    </li>
  )
}

function CommentEntry({ comment }: { comment: Comment }) {
  const texts = useTexts()
  return (
    <Entry of={comment} edited={comment.edited_at != null}>
      {comment.deleted_at ? <p className="hint">{texts.deleted}</p> : <p>{comment.text}</p>}
    </Entry>
  )
}

/** What happened to the issue between two comments. */
function EventEntry({ event, by }: { event: Happened; by?: string }) {
  const formats = useFormats()
  return <li className="event">{eventOf(event.type, by)} <time dateTime={event.recorded_at}>{formats.ago(event.recorded_at)}</time></li>
}
