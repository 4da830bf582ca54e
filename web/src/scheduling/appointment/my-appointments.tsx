// What an end customer has booked: the next one as a card, what else is to come, and what was.
import { useQuery } from '@tanstack/react-query'
import { CalendarClock, Plus } from 'lucide-react'
import { useState } from 'react'
import { Button } from 'react-aria-components'
import { useMe } from '../../api/rights'
import { Command } from '../../kit/command'
import { Top } from '../../kit/shell'
import { Heading, Skeleton, Trouble } from '../../kit/states'
import { Badge } from '../../kit/value'
import { useFormats } from '../../texts'
import { isOver } from './acts'
import { useBooking } from './book'
import { useClock } from './clock'
import { Move } from './move'
import { useNames, visitsOf, type Appointment } from './queries'
import { lengthOf } from './week'
import { useTexts } from './texts'
import './entry.css'
import './my-day.css'

export function MyAppointments() {
  const texts = useTexts()
  const clock = useClock()
  const names = useNames()
  const book = useBooking()
  const me = useMe()
  const customer = me?.customer ?? ''
  // Who is no customer would be told everybody's.
  const mine = useQuery({ ...visitsOf(customer), enabled: customer !== '' })
  // What is only held is no appointment yet, or none any more.
  const all = (mine.data ?? []).filter(({ status }) => status !== 'held' && status !== 'released')
  const coming = all.filter((one) => !isOver(one) && Date.parse(one.ends_at) > Date.now()).toReversed()
  const past = all.filter((one) => !coming.includes(one))
  const again = ({ service, resources }: Appointment) => book({ service, with: resources.find((id) => names.resource(id)?.kind === 'person') })
  return (
    <>
      <Top>
        <div className="crumbs"><Heading>{texts.mine}</Heading></div>
        <span className="grow" />
        <Button className="button first" onPress={() => book({})}><Plus size={16} /> {texts.book}</Button>
      </Top>
      <div className="page my-day">
        {customer && mine.isPending && <Skeleton />}
        {mine.isError && <Trouble error={mine.error} retry={() => void mine.refetch()} />}
        {(!customer || mine.isSuccess) && coming.length === 0 && <p className="hint"><CalendarClock size={16} aria-hidden="true" /> {texts.none}</p>}
        {coming[0] && <Coming of={coming[0]} title={texts.comes} first />}
        {coming.slice(1).map((one) => <Coming key={one.id} of={one} title={texts.more} />)}
        {past.length > 0 && (
          <section aria-labelledby="past">
            <h2 id="past">{texts.past}</h2>
            <ul>
              {past.map((one) => (
                <li key={one.id} className="entry">
                  <time dateTime={one.starts_at}>{clock.date(one.start.slice(0, 10))}</time>
                  <span><strong>{names.service(one.service)}</strong><small>{names.servedBy(one)} <Badge of={one.status} /></small></span>
                  <Button className="button" onPress={() => again(one)}>{texts.again}</Button>
                </li>
              ))}
            </ul>
          </section>
        )}
      </div>
    </>
  )
}

function Coming({ of, title, first }: { of: Appointment; title: string; first?: boolean }) {
  const texts = useTexts()
  const clock = useClock()
  const names = useNames()
  const formats = useFormats()
  const [opened, setOpened] = useState<'move' | 'cancel'>()
  const changeable = (of.status === 'pending' || of.status === 'confirmed') && Date.parse(of.changeable_until) > Date.now()
  return (
    <section className="current" aria-label={title}>
      <p className="hint">{title}</p>
      <header>
        <div className="calendar-day" aria-hidden="true"><small>{clock.weekday(of.start.slice(0, 10))}</small>{Number(of.start.slice(8, 10))}</div>
        <div>
          <h2>{clock.long(of.start.slice(0, 10))}, {clock.time(of.start)}</h2>
          <p>{[names.service(of.service), names.servedBy(of), texts.minutes(lengthOf(of))].filter(Boolean).join(' · ')}</p>
        </div>
      </header>
      <p><Badge of={of.status} /></p>
      <p className="hint">{changeable ? texts.until(formats.moment(of.changeable_until)) : texts.tooLate}</p>
      {changeable && (
        <div className="buttons">
          <Button className={first ? 'button first' : 'button'} onPress={() => setOpened('move')}>{texts.acts.move}</Button>
          <Button className="button" onPress={() => setOpened('cancel')}>{texts.acts.cancel}</Button>
        </div>
      )}
      {opened === 'move' && <Move of={of} close={() => setOpened(undefined)} />}
      {opened === 'cancel' && <Command name="scheduling.appointment.cancel" row={of} close={() => setOpened(undefined)} />}
    </section>
  )
}
