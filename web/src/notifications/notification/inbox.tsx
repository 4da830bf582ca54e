// The inbox: notices by day on the left, and on the right the thing that the chosen one is about.
import { CheckCheck } from 'lucide-react'
import { Button } from 'react-aria-components'
import { call, type Row } from '../../api/client'
import { useRefresh } from '../../api/refresh'
import { useAct } from '../../kit/act'
import { SplitView, SplitRow } from '../../kit/split-view'
import { More } from '../../kit/more'
import { useName } from '../../kit/reference'
import { filtered, useRows } from '../../kit/rows'
import { Skeleton, Trouble } from '../../kit/states'
import { Tabs, useView } from '../../kit/tabs'
import { useUnread } from '../../kit/unread'
import { best, useFormats, labelOf } from '../../texts'
import { byDay } from './days'
import { Notice } from './notice'
import { useTexts } from './texts'

export type Notification = Row<'notifications.notification'>

export function Inbox() {
  const texts = useTexts()
  const refresh = useRefresh()
  const unread = useUnread()
  const tabs = [{ view: 'unread', label: texts.unread, count: unread || undefined }, { view: 'all', label: texts.all }]
  const view = useView(tabs)
  const { list, rows } = useRows('notifications.notification', { sort: '-created_at', ...filtered({ read: view === 'unread' ? 'false' : undefined }) })
  const readAll = async () => {
    await call('notifications.notification.read_all')
    await refresh('notifications.notification')
  }
  return (
    <SplitView
      place="inbox"
      title={texts.title}
      tabs={<Tabs label={texts.views} tabs={tabs} />}
      acts={unread > 0 && <Button className="button" onPress={() => void readAll()}><CheckCheck size={16} /> {texts.readAll}</Button>}
      none={texts.none}
      list={<Notices list={list} rows={rows} />}
    >
      {(id) => <Notice key={id} id={id} rows={rows} />}
    </SplitView>
  )
}

function Notices({ list, rows }: Pick<ReturnType<typeof useRows<'notifications.notification'>>, 'list' | 'rows'>) {
  const texts = useTexts()
  const formats = useFormats()
  return (
    <>
      {list.isPending && <Skeleton />}
      {list.isError && <Trouble error={list.error} retry={() => void list.refetch()} />}
      {list.isSuccess && rows.length === 0 && <p className="hint">{texts.empty}</p>}
      {byDay(rows, formats.dayName).map(({ day, notices }) => (
        <section key={day} aria-label={day}>
          <h2>{day}</h2>
          <ul>{notices.map((of) => <NoticeRow key={of[0].id} of={of} />)}</ul>
        </section>
      ))}
      <More of={list} />
    </>
  )
}

/** Notices of one day about one thing: the newest says it. */
function NoticeRow({ of }: { of: [Notification, ...Notification[]] }) {
  const formats = useFormats()
  const act = useAct()
  const [newest] = of
  const about = useName(newest.about_stream ?? '', newest.about_id ?? undefined)
  const name = best(newest.announcement ?? {})?.title ?? about
  const unread = of.filter(({ read }) => !read)
  const read = () => unread.forEach((row) => void act('notifications.notification.patch', { row: { id: row.id }, body: { read: true }, quiet: true }))
  return (
    <SplitRow place="inbox" id={newest.id} faint={unread.length === 0} onClick={read}>
      <span>{unread.length > 0 && <i className="dot-sign" />}<time dateTime={newest.created_at}>{formats.ago(newest.created_at)}</time>{of.length > 1 && <span className="badges">×{of.length}</span>}</span>
      <strong>{labelOf(newest.kind)}</strong>
      {name && <span>{name}</span>}
    </SplitRow>
  )
}
