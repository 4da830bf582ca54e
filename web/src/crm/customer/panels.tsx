// What a customer's page says besides their facts: when they come and came, and what they asked.
import { Link, useNavigate } from '@tanstack/react-router'
import { CalendarPlus } from 'lucide-react'
import { useState } from 'react'
import type { Row } from '../../api/client'
import { may, useMe } from '../../api/rights'
import { useKeys } from '../../kit/keys'
import { useName } from '../../kit/reference'
import { Related } from '../../kit/related'
import { useFormats } from '../../texts'
import { useTexts } from './texts'

type Customer = Row<'crm.customer'>
type Appointment = Row<'scheduling.appointment'>

export function Visits({ row }: { row: Customer }) {
  const texts = useTexts()
  const me = useMe()
  const navigate = useNavigate()
  const [now] = useState(() => new Date().toISOString())
  const books = me !== undefined && may(me.rights, 'scheduling.appointment.hold') && row.status === 'active'
  const booking = (before: object) => ({ ...before, book: row.id })
  useKeys({ b: books && (() => void navigate({ to: '.', search: booking } as never)) })
  const visits = { topic: 'scheduling.appointment' as const, name: (of: Appointment) => <Service id={of.service} />, note: (of: Appointment) => <When of={of} /> }
  return (
    <>
      <Related
        {...visits}
        by={{ customer: row.id, starts_at: `${now}..` }}
        sort="starts_at"
        title={texts.next}
        empty={texts.noNext}
        more={books && <Link className="button" to={'.' as never} search={booking as never}><CalendarPlus size={16} /> {texts.book} <kbd>B</kbd></Link>}
      />
      <Related {...visits} by={{ customer: row.id, starts_at: `..${now}` }} sort="-starts_at" title={texts.last} empty={texts.noLast} />
    </>
  )
}

function Service({ id }: { id: string }) {
  return useName('scheduling.service', id) ?? '…'
}

function When({ of }: { of: Appointment }) {
  return <time dateTime={of.starts_at}>{useFormats().moment(of.starts_at)}</time>
}

export function Requests({ row }: { row: Customer }) {
  return <Related topic="support.issue" by={{ customer: row.id }} title={useTexts().requests} quiet />
}
