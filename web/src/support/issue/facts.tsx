// The facts of an issue; who works on it and how much it presses can be changed right there.
import { useState, type ReactNode } from 'react'
import { ChevronDown } from 'lucide-react'
import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components'
import type { Row } from '../../api/client'
import { may, useMe } from '../../api/rights'
import { useAct } from '../../kit/act'
import { listingOf } from '../../kit/filters'
import { useKeys } from '../../kit/keys'
import { Reference, useName } from '../../kit/reference'
import { filtered, useAllRows } from '../../kit/rows'
import { Badge, Value } from '../../kit/value'
import { fieldOf, labelOf } from '../../texts'
import { useComments } from './queries'
import { useTexts } from './texts'

type Issue = Row<'support.issue'>
const STAFF = 'support_agent,admin,employee'

/** `past`: what it was is only read. */
export function IssueFacts({ row, works, past }: { row: Issue; works: boolean; past: boolean }) {
  const texts = useTexts()
  const me = useMe()
  const changes = !past && me !== undefined && may(me.rights, 'support.issue.patch')
  const about: [name: string, topic: string, id: string | null | undefined][] = [
    ['cabinet', 'organizations.cabinet', row.cabinet],
    ['customer', 'crm.customer', row.customer],
    ['license', 'licensing.license', row.license],
    ['product', 'catalog.product', row.product],
  ]
  return (
    <aside aria-label={texts.facts}>
      <dl className="facts">
        <Fact name={texts.assignee}>{works ? <Assignee row={row} /> : row.assignee ? <Agent id={row.assignee} issue={row.id} /> : texts.nobody}</Fact>
        <Fact name={texts.priority}>{changes ? <Priority row={row} /> : <Badge of={row.priority} />}</Fact>
        <Fact name={texts.reporter}><Reference topic="identity.user" id={row.reporter} /></Fact>
        {about.map(([name, topic, id]) => id && <Fact key={name} name={fieldOf(name)}><Reference topic={topic} id={id} /></Fact>)}
        <Fact name={fieldOf('source')}><Badge of={row.source} /></Fact>
        <Fact name={fieldOf('created_at')}><Value of={row.created_at} kind="time" /></Fact>
        {row.answered_at && <Fact name={fieldOf('answered_at')}><Value of={row.answered_at} kind="time" /></Fact>}
        {row.ended_at && <Fact name={fieldOf('ended_at')}><Value of={row.ended_at} kind="time" /></Fact>}
      </dl>
    </aside>
  )
}

/** The name of a person, where a link would stand in another control. */
function Name({ id }: { id: string }) {
  return useName('identity.user', id) ?? id.slice(0, 8)
}

/** Who answers. Clients may not look them up: what they wrote says their name, and before that it is the team. */
function Agent({ id, issue }: { id: string; issue: string }) {
  const texts = useTexts()
  const name = useName('identity.user', id)
  const comments = useComments(issue).data?.pages.flatMap(({ data }) => data) ?? []
  if (name) return <Reference topic="identity.user" id={id} />
  return comments.find(({ author }) => author === id)?.author_name ?? texts.team
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return <div><dt>{name}</dt><dd>{children}</dd></div>
}

function Assignee({ row }: { row: Issue }) {
  const texts = useTexts()
  const me = useMe()
  const act = useAct()
  const [open, setOpen] = useState(false)
  const staff = useAllRows('identity.user', { sort: 'name', ...filtered({ role: STAFF }) }, open).filter(({ id }) => id !== me?.user)
  const assign = (to: string | null, back = row.assignee ?? null) =>
    act('support.issue.assign', { row: { id: row.id }, body: { to }, undo: () => void assign(back, to) })
  useKeys({ a: () => setOpen(true) })
  return (
    <Chooser name={texts.assignee} open={open} setOpen={setOpen} shown={row.assignee ? <Name id={row.assignee} /> : texts.nobody} choose={(id) => void assign(id === 'nobody' ? null : id)}>
      {[
        <MenuItem key="me" id={me?.user ?? ''} className="menu-item">{me?.name} ({texts.me})</MenuItem>,
        ...staff.map(({ id, name, email }) => <MenuItem key={id} id={id} className="menu-item">{name ?? email}</MenuItem>),
        <MenuItem key="nobody" id="nobody" className="menu-item">{texts.nobody}</MenuItem>,
      ]}
    </Chooser>
  )
}

function Priority({ row }: { row: Issue }) {
  const texts = useTexts()
  const act = useAct()
  const [open, setOpen] = useState(false)
  const change = (priority: string, back: string = row.priority) =>
    act('support.issue.patch', { row: { id: row.id }, body: { priority }, undo: () => void change(back, priority) })
  useKeys({ p: () => setOpen(true) })
  return (
    <Chooser name={texts.priority} open={open} setOpen={setOpen} shown={<Badge of={row.priority} />} choose={(to) => void change(to)}>
      {listingOf('support.issue')!.filters.priority!.map((value) => <MenuItem key={value} id={value} className="menu-item">{labelOf(value)}</MenuItem>)}
    </Chooser>
  )
}

interface Choosing {
  name: string
  open: boolean
  setOpen: (open: boolean) => void
  shown: ReactNode
  choose: (id: string) => void
  children: ReactNode
}

/** A fact that is chosen from a few. */
function Chooser({ name, open, setOpen, shown, choose, children }: Choosing) {
  return (
    <MenuTrigger isOpen={open} onOpenChange={setOpen}>
      <Button className="button chooser"><span className="visually-hidden">{name}: </span>{shown} <ChevronDown size={14} aria-hidden="true" /></Button>
      <Popover className="popover">
        <Menu aria-label={name} onAction={(id) => choose(String(id))}>{children}</Menu>
      </Popover>
    </MenuTrigger>
  )
}
