// The support desk: issues on the left, the one that is open on the right. Clients see their own requests.
import { lazy, Suspense, useDeferredValue } from 'react'
import { Button } from 'react-aria-components'
import { Plus } from 'lucide-react'
import type { Row } from '../../api/client'
import { may, useMe, type Me } from '../../api/rights'
import { SplitView, SplitRow } from '../../kit/split-view'
import { Find, useNarrowed } from '../../kit/filters'
import { useKeys } from '../../kit/keys'
import { More } from '../../kit/more'
import { filtered, useRows } from '../../kit/rows'
import { Skeleton, Trouble } from '../../kit/states'
import { Tabs, useView, type Tab } from '../../kit/tabs'
import { useNameOf } from '../../kit/names'
import { Badge } from '../../kit/value'
import { useFormats, useTexts as useSharedTexts } from '../../texts'
import { Issue, worksOnIssues } from './thread'
import { useTexts } from './texts'

const NewRequest = lazy(async () => ({ default: (await import('./new-request')).NewRequest }))

export function SupportDesk() {
  const me = useMe()
  const texts = useTexts()
  const [{ ask }, narrow] = useNarrowed()
  const isOpen = ask !== undefined
  const setOpen = (now: boolean) => narrow({ ask: now ? '' : undefined })
  const mayOpen = me !== undefined && may(me.rights, 'support.issue.open')
  useKeys({ c: mayOpen && (() => setOpen(true)) })
  if (!me) return null
  const works = worksOnIssues(me)
  const tabs: Tab[] = works
    ? [{ view: 'open', label: texts.open }, { view: 'mine', label: texts.mine }, { view: 'unassigned', label: texts.unassigned }, { view: 'all', label: texts.all }]
    : [{ view: 'all', label: texts.all }, { view: 'open', label: texts.open }]
  return (
    <SplitView
      place="issues"
      title={works ? texts.title : texts.mineTitle}
      tabs={<Tabs label={texts.views} tabs={tabs} />}
      acts={<>
        {mayOpen && <Button className="button first" onPress={() => setOpen(true)}><Plus size={16} /> {texts.newRequest}</Button>}
        {isOpen && <Suspense><NewRequest renewing={ask || undefined} close={() => setOpen(false)} /></Suspense>}
      </>}
      none={texts.none}
      list={<Issues me={me} tabs={tabs} />}
    >
      {(id) => <Issue key={id} id={id} />}
    </SplitView>
  )
}

function Issues({ me, tabs }: { me: Me; tabs: Tab[] }) {
  const texts = useTexts()
  const shared = useSharedTexts()
  const view = useView(tabs)
  const [{ q }] = useNarrowed()
  const query = useDeferredValue({ q, ...filtered({ status: view === 'all' ? undefined : 'open', assignee: view === 'mine' ? me.user : view === 'unassigned' ? 'none' : undefined }) })
  const { list, rows } = useRows('support.issue', query)
  return (
    <>
      <Find />
      {list.isPending && <Skeleton />}
      {list.isError && <Trouble error={list.error} retry={() => void list.refetch()} />}
      {list.isSuccess && rows.length === 0 && <p className="hint">{q ? shared.list.noMatch(q) : texts.empty}</p>}
      <ul>{rows.map((row) => <IssueRow key={row.id} row={row} works={worksOnIssues(me)} />)}</ul>
      <More of={list} />
    </>
  )
}

function IssueRow({ row, works }: { row: Row<'support.issue'>; works: boolean }) {
  const texts = useTexts()
  const formats = useFormats()
  const nameOf = useNameOf()
  const asked = [nameOf(row.cabinet), nameOf(row.reporter)].filter(Boolean).join(' · ')
  const pressing = row.priority === 'high' || row.priority === 'urgent'
  return (
    <SplitRow place="issues" id={row.id} faint={row.status !== 'open'}>
      <span>#{row.number} <span className="badges">{pressing && <Badge of={row.priority} />}<Badge of={row.status} /></span></span>
      <strong>{row.title}</strong>
      {works && asked && <span>{asked}</span>}
      {works && <span>{texts.assignee}: {row.assignee ? (nameOf(row.assignee) ?? '…') : texts.nobody}</span>}
      <span><time dateTime={row.changed_at}>{formats.ago(row.changed_at)}</time><span>· {texts.comments(row.comments)}</span></span>
    </SplitRow>
  )
}
