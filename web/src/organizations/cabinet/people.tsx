// Who may in: the people of an organisation and what they may do there, and who is invited.
import { ChevronDown, UserPlus } from 'lucide-react'
import { useState } from 'react'
import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components'
import type { Row } from '../../api/client'
import { may, useMe } from '../../api/rights'
import { useAct } from '../../kit/act'
import { Command } from '../../kit/command'
import { More } from '../../kit/more'
import { Section } from '../../kit/related'
import { CLIENTS } from '../../kit/roles'
import { filtered, useAllRows, useRows } from '../../kit/rows'
import { Skeleton, Trouble } from '../../kit/states'
import { Avatar, Badge } from '../../kit/value'
import { useFormats, labelOf } from '../../texts'
import { useTexts } from './texts'

type Member = Row<'organizations.membership'>

export function People({ row }: { row: Row<'organizations.cabinet'> }) {
  const texts = useTexts()
  const me = useMe()
  const manages = me !== undefined && may(me.rights, 'organizations.invitation.send')
  const seen = me !== undefined && may(me.rights, 'organizations.membership.list')
  const { list, rows } = useRows('organizations.membership', {}, seen, { id: row.id })
  if (!seen) return null
  return (
    <Section title={texts.people} more={manages && <Invite cabinet={row} />}>
      {list.isPending && <Skeleton rows={2} />}
      {list.isError && <Trouble error={list.error} />}
      {list.isSuccess && rows.length === 0 && <p className="hint">{texts.nobody}</p>}
      <ul className="people">
        {rows.map((member) => <Person key={member.user} member={member} manages={manages} />)}
        {manages && <Invited cabinet={row.id} />}
      </ul>
      <More of={list} />
    </Section>
  )
}

export function Invite({ cabinet }: { cabinet: { id: string } }) {
  const texts = useTexts()
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button className="button" onPress={() => setOpen(true)}><UserPlus size={16} /> {texts.invite}</Button>
      {open && <Command name="organizations.invitation.send" row={{ id: cabinet.id }} close={() => setOpen(false)} />}
    </>
  )
}

function Person({ member, manages }: { member: Member; manages: boolean }) {
  const texts = useTexts()
  const me = useMe()
  const act = useAct()
  const name = member.name ?? '…'
  const row = { id: member.cabinet }
  const path = { user: member.user }
  const change = (role: string, back: string = member.role!) => act('organizations.membership.change', { row, path, body: { role }, undo: () => void change(back, role) })
  const chosen = (key: string) => void (key === 'remove' ? act('organizations.membership.remove', { row, path }) : change(key))
  return (
    <li>
      <div className="person-line"><Avatar id={member.user} name={name} /><span><strong>{name}</strong>{member.user === me?.user && ` (${texts.you})`}{member.role && member.reach && <small>{labelOf(member.role)} · {labelOf(member.reach)}</small>}</span></div>
      {manages && member.user !== me?.user && (
        <MenuTrigger>
          <Button className="button quiet" aria-label={texts.change(name)}><ChevronDown size={16} /></Button>
          <Popover className="popover" placement="bottom end">
            <Menu aria-label={texts.change(name)} onAction={(key) => chosen(String(key))}>
              {[...CLIENTS.filter((rank) => rank !== member.role).map((rank) => <MenuItem key={rank} id={rank} className="menu-item">{labelOf(rank)}</MenuItem>), <MenuItem key="remove" id="remove" className="menu-item">{texts.remove}</MenuItem>]}
            </Menu>
          </Popover>
        </MenuTrigger>
      )}
    </li>
  )
}

function Invited({ cabinet }: { cabinet: string }) {
  const texts = useTexts()
  const formats = useFormats()
  const act = useAct()
  const rows = useAllRows('organizations.invitation', filtered({ cabinet, state: 'open' }))
  return rows.map((row) => (
    <li key={row.id}>
      <span><strong>{row.email}</strong> <Badge of={row.state} /><small>{labelOf(row.role)} · {texts.until(formats.day(row.until))}</small></span>
      <Button className="button quiet" onPress={() => void act('organizations.invitation.withdraw', { row })}>{texts.withdraw}</Button>
    </li>
  ))
}
