// The days on which a person or chair can be had otherwise, and the periods in which it cannot be had at all.
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { Button } from 'react-aria-components'
import type { Operation, Row } from '../../api/client'
import { may, useMe } from '../../api/rights'
import { useAct } from '../../kit/act'
import { Command } from '../../kit/command'
import { Section } from '../../kit/related'
import { useClock } from '../appointment/clock'
import { wallClock, type Availability } from '../appointment/week'
import { useWords } from './words'

export function Exceptions({ row }: { row: Row<'scheduling.resource'> }) {
  const words = useWords()
  const clock = useClock()
  const me = useMe()
  const act = useAct()
  const [asked, setAsked] = useState<Operation>()
  const { exceptions, closed, zone } = row.availability as Availability
  const can = (name: string) => me !== undefined && may(me.rights, `scheduling.resource.${name}`) && row.status === 'in_use'
  const add = (name: 'add_availability_exception' | 'close_period', label: string) =>
    can(name) && <Button className="button" onPress={() => setAsked(`scheduling.resource.${name}`)}><Plus size={16} /> {label}</Button>
  const moment = (of: string) => {
    const at = wallClock(new Date(of), zone)
    return `${clock.date(at.slice(0, 10))}, ${clock.time(at)}`
  }
  return (
    <>
      <Section title={words.exceptions} more={add('add_availability_exception', words.add)}>
        {exceptions.length === 0 && <p className="hint">{words.noExceptions}</p>}
        <ul>
          {exceptions.map(({ date, hours = [] }) => (
            <li key={date}>
              <span><strong>{clock.long(date)}</strong><small>{hours.length === 0 ? words.shut : hours.map(({ from, until }) => `${clock.time(`${date}T${from}`)}–${clock.time(`${date}T${until}`)}`).join(', ')}</small></span>
              {can('remove_availability_exception') && <Button className="button" onPress={() => void act('scheduling.resource.remove_availability_exception', { row: { id: row.id }, body: { date } })}>{words.remove}</Button>}
            </li>
          ))}
        </ul>
      </Section>
      <Section title={words.closed} more={add('close_period', words.close)}>
        {closed.length === 0 && <p className="hint">{words.noClosed}</p>}
        <ul>
          {closed.map(({ from, until }) => (
            <li key={from}>
              <span>{moment(from)} – {moment(until)}</span>
              {can('open_period') && <Button className="button" onPress={() => void act('scheduling.resource.open_period', { row: { id: row.id }, body: { from, until } })}>{words.open}</Button>}
            </li>
          ))}
        </ul>
      </Section>
      {asked && <Command name={asked} row={row} close={() => setAsked(undefined)} />}
    </>
  )
}
