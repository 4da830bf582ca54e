// The day of somebody who serves: who is here or comes next, with its acts as large buttons, then the list.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Check, Play, UserX } from 'lucide-react'
import { Button } from 'react-aria-components'
import { may, useMe } from '../../api/rights'
import { one } from '../../kit/one'
import { contact } from '../../kit/phone'
import { Top } from '../../kit/shell'
import { Heading, Skeleton, Trouble } from '../../kit/states'
import { Avatar, Badge } from '../../kit/value'
import { useBusinessZone, useToday } from '../../kit/zone'
import { isOver, isShown, useDo, useNext } from './acts'
import { useClock } from './clock'
import { appointmentsOn, bookables, customerOf, notesOf, useNames, type Appointment } from './queries'
import { endOf } from './week'
import { useTexts } from './texts'
import './entry.css'
import './my-day.css'

export function MyDay() {
  const texts = useTexts()
  const clock = useClock()
  const names = useNames()
  const zone = useBusinessZone()
  const me = useMe()
  const today = useToday()
  const mine = useQuery({ ...bookables, select: (all) => all.filter(({ user }) => user === me?.user).map(({ id }) => id).join() })
  const day = useQuery({ ...appointmentsOn(today, 1, zone, mine.data), enabled: !!mine.data })
  const all = (day.data ?? []).filter(isShown).toSorted((one, other) => one.start.localeCompare(other.start))
  const coming = all.filter((one) => !isOver(one))
  const first = coming.find(({ status }) => status === 'started') ?? coming[0]
  const later = coming.filter((one) => one !== first)
  const over = all.filter(isOver)
  return (
    <>
      <Top><div className="crumbs"><Heading>{texts.myDay}</Heading></div><span className="hint">{clock.long(today)}</span><span className="grow" /></Top>
      <div className="page my-day">
        {(mine.isPending || day.isLoading) && <Skeleton />}
        {day.isError && <Trouble error={day.error} retry={() => void day.refetch()} />}
        {(day.isSuccess || mine.data === '') && !first && <p>{texts.dayFree}</p>}
        {first && <Current key={first.id} of={first} />}
        {later.length > 0 && <section aria-labelledby="later"><h2 id="later">{texts.later}</h2><Lines of={later} /></section>}
        {over.length > 0 && <section aria-labelledby="over"><h2 id="over">{texts.over}</h2><Lines of={over} /></section>}
      </div>
    </>
  )

  function Lines({ of }: { of: Appointment[] }) {
    return (
      <ul>
        {of.map((one) => (
          <li key={one.id}>
            <Link className="entry" to={`/appointments/${one.id}` as never}>
              <time dateTime={one.starts_at}>{clock.time(one.start)}</time>
              <span><strong>{names.customer(one.customer) || texts.appointment}</strong><small>{names.service(one.service)}</small></span>
              <Badge of={one.status} />
            </Link>
          </li>
        ))}
      </ul>
    )
  }
}

/** Who is here, or comes next. */
function Current({ of }: { of: Appointment }) {
  const texts = useTexts()
  const clock = useClock()
  const names = useNames()
  const me = useMe()
  const next = useNext()(of)
  const standing = useQuery(one('scheduling.appointment', of.id))
  const { step } = useDo()
  const customer = useQuery({ ...customerOf(of.customer ?? ''), enabled: !!of.customer && me !== undefined && may(me.rights, 'crm.customer.find') })
  const notes = useQuery(notesOf(of.id))
  const who = names.customer(of.customer) || texts.appointment
  const service = names.service(of.service)
  return (
    <section className="current" aria-labelledby="current">
      <p className="hint">{of.status === 'started' ? texts.now : texts.next}</p>
      <header>
        {of.customer && <Avatar id={of.customer} name={who} large />}
        <div>
          <h2 id="current"><Link to={`/appointments/${of.id}` as never}>{who}</Link></h2>
          <p>{service} · {names.servedBy(of)}</p>
        </div>
      </header>
      <p className="clock-time"><strong>{clock.time(of.start)}–{clock.time(endOf(of))}</strong> <Badge of={of.status} /></p>
      {customer.data?.contact_points.map(({ key, kind, value }) => <a key={key} className="reference" href={kind === 'email' ? `mailto:${value}` : `tel:${value}`}>{contact({ kind, value })}</a>)}
      {notes.data?.map(({ key, text, visibility }) => <p key={key} className={`note ${visibility}`}>{text}</p>)}
      <div className="buttons">
        {next && (
          <Button className="button first" onPress={() => void step(of, next)}>
            {next === 'start' ? <Play size={16} /> : <Check size={16} />} {next === 'complete' ? texts.done : next === 'start' ? texts.start : texts.acts.confirm}
          </Button>
        )}
        {standing.data?.meta.acts?.no_show === null && <Button className="button" onPress={() => void step(of, 'no_show')}><UserX size={16} /> {texts.acts.no_show}</Button>}
      </div>
    </section>
  )
}
