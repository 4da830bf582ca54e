// A notice that is open: what can be done with it, and the thing it is about.
import { useNavigate } from '@tanstack/react-router'
import { Check, Clock, MailOpen } from 'lucide-react'
import { useState } from 'react'
import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components'
import { useAct } from '../../kit/act'
import { Item } from '../../kit/item'
import { useKeys } from '../../kit/keys'
import { resourceOf } from '../../kit/resource'
import { Heading } from '../../kit/states'
import { toast } from '../../kit/toast'
import { addDays, dayOf, momentOf } from '../../kit/zone'
import { best, useFormats, useReader, labelOf } from '../../texts'
import type { Notification } from './inbox'
import { useTexts } from './texts'
import '../announcement/announcement.css'
import './notice.css'

const HOUR = 3_600_000
const MINUTE = 60_000

export function Notice({ id, rows }: { id: string; rows: Notification[] }) {
  const texts = useTexts()
  const formats = useFormats()
  const { zone } = useReader()
  const navigate = useNavigate()
  const act = useAct()
  const [open, setOpen] = useState(false)
  // What was read leaves the list of the unread, but stays open.
  const [row] = useState(() => rows.find((one) => one.id === id))
  const shown = rows.find((one) => one.id === id) ?? row
  const after = () => {
    const next = rows[rows.findIndex((one) => one.id === id) + 1]
    void navigate({ to: next ? `/inbox/${next.id}` : '/inbox', search: (before: object) => before } as never)
  }
  const change = (body: object) => act('notifications.notification.patch', { row: { id }, body, quiet: true })
  const dismiss = async () => {
    if (await act('notifications.notification.delete', { row: { id }, quiet: true })) {
      toast(texts.dismissed)
      after()
    }
  }
  const snooze = async (until: string) => {
    if (await change({ snoozed_until: until })) {
      toast(texts.snoozed(formats.moment(until)))
      after()
    }
  }
  const asUnread = () => void change({ read: false })
  useKeys({ d: () => void dismiss(), s: () => setOpen(true), 'shift+u': asUnread })
  if (!shown) return <p className="hint">{texts.gone}</p>
  const { about_stream: topic, about_id: about } = shown
  const resource = topic ? resourceOf(topic) : undefined
  const Thing = resource?.pages?.detail
  const announced = best(shown.announcement ?? {})
  const times: [key: string, name: string, until: Date][] = [
    ['later', texts.later, whole(Date.now() + 3 * HOUR)],
    ['tomorrow', texts.tomorrow, morning(1, zone)],
    ['week', texts.week, morning(7, zone)],
  ]
  return (
    <>
      <div className="notice">
        <span><strong>{labelOf(shown.kind)}</strong> <time dateTime={shown.created_at}>{formats.ago(shown.created_at)}</time></span>
        <span className="grow" />
        <Button className="button" onPress={() => void dismiss()}><Check size={16} /> {texts.dismiss} <kbd>D</kbd></Button>
        <MenuTrigger isOpen={open} onOpenChange={setOpen}>
          <Button className="button"><Clock size={16} /> {texts.snooze} <kbd>S</kbd></Button>
          <Popover className="popover" placement="bottom end">
            <Menu aria-label={texts.snooze} onAction={(key) => void snooze(times.find(([name]) => name === key)![2].toISOString())}>
              {times.map(([key, name, until]) => <MenuItem key={key} id={key} className="menu-item">{name} <span className="hint">{formats.moment(until.toISOString())}</span></MenuItem>)}
            </Menu>
          </Popover>
        </MenuTrigger>
        <Button className="button quiet" aria-label={texts.asUnread} onPress={asUnread}><MailOpen size={16} /></Button>
      </div>
      {announced ? <div className="page announced"><Heading>{announced.title}</Heading><p>{announced.text}</p></div> : resource && about ? (Thing ? <Thing id={about} /> : <Item resource={resource} id={about} />) : <div className="page"><Heading>{labelOf(shown.kind)}</Heading></div>}
    </>
  )
}

/** Nine o'clock, in so many days, where the business is. */
const morning = (days: number, zone: string) => new Date(momentOf(`${addDays(dayOf(new Date(), zone), days)}T09:00`, zone))

const whole = (moment: number) => new Date(Math.round(moment / MINUTE) * MINUTE)
