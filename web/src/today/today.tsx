// Today: the numbers of the day, who comes next, what waits for somebody, and what happened. What of it
// somebody sees follows from their rights.
import { useQuery, type UseQueryResult } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { CalendarClock, Clock, LifeBuoy, Plus, RotateCcw } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from 'react-aria-components'
import type { Row } from '../api/client'
import { may, useMe } from '../api/rights'
import { dashboard } from '../kit/dashboard'
import { useActorOf, useNameOf } from '../kit/names'
import { resourceOf } from '../kit/resource'
import { Top } from '../kit/shell'
import { Heading, Skeleton, Trouble } from '../kit/states'
import { Avatar, Badge } from '../kit/value'
import { useBusinessZone, useNow, useToday } from '../kit/zone'
import { isOver, isShown, useDo, useNext } from '../scheduling/appointment/acts'
import { useBooking } from '../scheduling/appointment/book'
import { useClock } from '../scheduling/appointment/clock'
import { bookables, useNames, type Appointment } from '../scheduling/appointment/queries'
import { gaps, minutesOf, open, spanOf, stepped, wallClock } from '../scheduling/appointment/week'
import { useActTexts } from '../scheduling/appointment/act-texts'
import { eventOf, useFormats, useReader, labelOf } from '../texts'
import { problemOf } from '../texts/names'
import { happened, ofToday, seenBy } from './queries'
import { useTexts } from './texts'
import './today.css'

const SHOWN = 6
/** A gap of so many minutes is worth a word. */
const WORTH = 30

export function Today() {
  const texts = useTexts()
  const scheduling = useActTexts()
  const clock = useClock()
  const book = useBooking()
  const zone = useBusinessZone()
  const today = useToday()
  const me = useMe()
  const sees = seenBy(me)
  const day = useQuery({ ...ofToday(today, zone), enabled: sees.appointments })
  const figures = useQuery(dashboard(zone))
  const shown = (day.data ?? []).filter(isShown)
  const found = figures.data
  const waiting = sees.appointments ? found?.appointments_pending : undefined
  const unanswered = sees.issues ? found?.issues_unanswered : undefined
  const urgent = found?.issues_urgent?.count ?? 0
  const ends = sees.licenses ? found?.licenses_ending : undefined
  const stuck = sees.parked ? found?.purchases_parked : undefined
  return (
    <>
      <Top>
        <div className="crumbs"><Heading>{clock.long(today)}</Heading></div>
        <span className="grow" />
        {me && may(me.rights, 'scheduling.appointment.hold') && <Button className="button first" onPress={() => book({})}><Plus size={16} /> {scheduling.book}</Button>}
      </Top>
      <div className="page today-page">
        <dl className="numbers" aria-label={texts.numbers}>
          {sees.appointments && <Figure name={texts.appointments} of={figures} value={found?.appointments_today?.count} to="/calendar" />}
          {sees.appointments && <Booked of={shown} day={today} />}
          {sees.issues && <Figure name={texts.requests} of={figures} value={found?.issues_open?.count} more={urgent ? texts.urgent(urgent) : unanswered?.count ? texts.unanswered(unanswered.count) : undefined} bad={urgent > 0} to="/issues" />}
          {sees.licenses && <Figure name={texts.licenses} of={figures} value={ends?.count} more={ends?.first[0]?.cabinet_name ?? undefined} to="/licenses" />}
          {sees.parked && <Figure name={texts.parked} of={figures} value={stuck?.count} bad={(stuck?.count ?? 0) > 0} to="/parked" />}
        </dl>
        <div className="two">
          {sees.appointments && (
            <Card title={texts.next} of={day} aside={<Link className="reference" to={'/calendar' as never} search={{ view: 'day' } as never}>{texts.all}</Link>}>
              <Next of={shown.filter((one) => !isOver(one)).slice(0, SHOWN)} />
            </Card>
          )}
          <div className="stack">
            <Needs of={figures} waiting={waiting} unanswered={unanswered} ends={ends} stuck={stuck} />
            {sees.audit && <WhatHappened />}
          </div>
        </div>
      </div>
    </>
  )
}

function Figure({ name, of, value, more, bad, to }: { name: string; of: UseQueryResult<unknown>; value?: number | string; more?: string; bad?: boolean; to?: string }) {
  const shown = of.isError ? '–' : (value ?? '…')
  return (
    <div>
      <dt>{name}</dt>
      <dd>{to ? <Link to={to as never}>{shown}</Link> : shown}{more && <small className={bad ? 'bad' : undefined}>{more}</small>}</dd>
    </div>
  )
}

/** How much of the hours of all people is booked, and the longest that is left. */
function Booked({ of, day }: { of: Appointment[]; day: string }) {
  const texts = useTexts()
  const clock = useClock()
  const { locale, businessZone } = useReader()
  const now = minutesOf(wallClock(useNow(), businessZone))
  const found = useQuery(bookables)
  const people = found.data?.filter(({ kind }) => kind === 'person') ?? []
  const hours = people.flatMap(({ availability }) => open(availability, day)).reduce((sum, [from, until]) => sum + until - from, 0)
  const booked = of.filter(({ resources }) => people.some(({ id }) => resources.includes(id))).map((one) => spanOf(one, day)).reduce((sum, [from, until]) => sum + until - from, 0)
  if (found.data && hours === 0) return <Figure name={texts.chairs} of={found} value="–" more={texts.shut} />
  const left = people.flatMap(({ id, name, availability }) => {
    const taken = of.filter(({ resources }) => resources.includes(id)).map((one) => spanOf(one, day))
    return open(availability, day).flatMap(([from, until]) => gaps(taken, Math.max(from, now), until)).map(([from, until]) => ({ name, from, until }))
  })
  const longest = left.toSorted((one, other) => other.until - other.from - (one.until - one.from))[0]
  const time = (minute: number) => clock.time(stepped(`${day}T00:00:00`, minute))
  const more = longest && longest.until - longest.from >= WORTH ? texts.free(longest.name ?? '', time(longest.from), time(longest.until)) : undefined
  return <Figure name={texts.chairs} of={found} value={new Intl.NumberFormat(locale, { style: 'percent' }).format(Math.min(1, booked / hours))} more={more} />
}

function Card({ title, of, aside, children }: { title: string; of?: UseQueryResult<unknown>; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className="panel" aria-label={title}>
      <header><h2>{title}</h2>{aside}</header>
      {of?.isPending ? <Skeleton rows={3} /> : of?.isError ? <Trouble error={of.error} /> : children}
    </section>
  )
}

function Next({ of }: { of: Appointment[] }) {
  const texts = useTexts()
  if (of.length === 0) return <p className="nothing">{texts.nothingNext}</p>
  return <ul>{of.map((one) => <li key={one.id}><Comes of={one} /></li>)}</ul>
}

function Comes({ of }: { of: Appointment }) {
  const scheduling = useActTexts()
  const clock = useClock()
  const names = useNames()
  const next = useNext()(of)
  const { step } = useDo()
  return (
    <>
      <time dateTime={of.starts_at}>{clock.time(of.start)}</time>
      <Link to={'/calendar' as never} search={{ view: 'day', open: of.id } as never}><strong>{names.customer(of.customer) || scheduling.appointment}</strong><small>{[names.service(of.service), names.servedBy(of)].filter(Boolean).join(' · ')}</small></Link>
      <Badge of={of.status} />
      {next && <Button className="button" onPress={() => void step(of, next)}>{scheduling.acts[next]}</Button>}
    </>
  )
}

interface Waiting {
  of: UseQueryResult<unknown>
  waiting?: Counted<Appointment>
  unanswered?: Counted<Row<'support.issue'>>
  ends?: Counted<Row<'licensing.license'>>
  stuck?: Counted<Row<'purchasing.purchase_event'>>
}

/** How many there are, and the first of them. */
interface Counted<T> {
  count: number
  first: T[]
}

/** What the reader can do something about, by what is to be done. */
function Needs({ of, waiting, unanswered, ends, stuck }: Waiting) {
  const texts = useTexts()
  const scheduling = useActTexts()
  const clock = useClock()
  const formats = useFormats()
  const names = useNames()
  const { step } = useDo()
  return (
    <Card title={texts.needs} of={of}>
      {![waiting, unanswered, ends, stuck].some((group) => group?.count) && <p className="nothing">{texts.nothingNeeds}</p>}
      <Group name={texts.toConfirm} of={waiting} to="/appointments" search={{ status: 'pending', view: 'all' }}>
        {(one) => (
          <>
            <CalendarClock size={16} className="warn" aria-hidden="true" />
            <Link to={'/calendar' as never} search={{ day: one.start.slice(0, 10), open: one.id } as never}><strong>{names.customer(one.customer) || scheduling.appointment}</strong><small>{[names.service(one.service), clock.moment(one.start)].filter(Boolean).join(' · ')}</small></Link>
            <Button className="button" onPress={() => void step(one, 'confirm')}>{scheduling.acts.confirm}</Button>
          </>
        )}
      </Group>
      <Group name={texts.toAnswer} of={unanswered} to="/issues">
        {(one) => (
          <>
            <LifeBuoy size={16} className={one.priority === 'urgent' ? 'bad' : 'warn'} aria-hidden="true" />
            <Link to={`/issues/${one.id}` as never}><strong>{one.title}</strong><small>{[one.number && `#${one.number}`, labelOf(one.priority)].filter(Boolean).join(' · ')}</small></Link>
          </>
        )}
      </Group>
      <Group name={texts.parked} of={stuck} to="/parked">
        {(one) => (
          <>
            <RotateCcw size={16} className="bad" aria-hidden="true" />
            <Link to={`/parked/${one.id}` as never}><strong>{texts.isParked}</strong><small>{[one.order_number, problemOf(one.code) ?? one.detail].filter(Boolean).join(' · ')}</small></Link>
          </>
        )}
      </Group>
      <Group name={texts.licenses} of={ends} to="/licenses" search={{ view: 'ending' }}>
        {(one) => (
          <>
            <Clock size={16} className="warn" aria-hidden="true" />
            <Link to={`/licenses/${one.id}` as never}><strong>{one.product_name}, {one.cabinet_name}</strong><small>{one.ends_at && texts.ends(formats.lastDay(one.ends_at))}</small></Link>
          </>
        )}
      </Group>
    </Card>
  )
}

function Group<T extends { id: string }>({ name, of, to, search, children }: { name: string; of?: Counted<T>; to: string; search?: object; children: (one: T) => ReactNode }) {
  if (!of?.count) return null
  return (
    <section aria-label={name}>
      <h3><Link to={to as never} search={search as never}>{name}</Link><span>{of.count}</span></h3>
      <ul>{of.first.map((one) => <li key={one.id}>{children(one)}</li>)}</ul>
    </section>
  )
}

function WhatHappened() {
  const { texts: shared } = useReader()
  const texts = useTexts()
  const formats = useFormats()
  const found = useQuery(happened)
  const nameOf = useNameOf()
  const actorOf = useActorOf()
  return (
    <Card title={texts.happened} of={found} aside={found.data?.[0] && <span className="hint">{shared.item.record(found.data[0].position)}</span>}>
      {found.data?.length === 0 && <p className="nothing">{texts.nothingHappened}</p>}
      <ul>
        {found.data?.map((event) => {
          const who = actorOf(event.actor)
          const place = resourceOf(event.topic)?.place
          const entry = <><strong>{eventOf(event.type, who)}</strong><small>{nameOf(event.id)}</small></>
          return (
            <li key={event.position}>
              <Avatar id={event.actor ?? ''} name={who ?? '·'} />
              {place ? <Link to={`/${place}/${event.id}` as never}>{entry}</Link> : <span>{entry}</span>}
              <time className="hint" dateTime={event.recorded_at}>{formats.ago(event.recorded_at)}</time>
            </li>
          )
        })}
      </ul>
    </Card>
  )
}
