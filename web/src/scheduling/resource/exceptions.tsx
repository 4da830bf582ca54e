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
import { useTexts } from './texts'

export function Exceptions({ row }: { row: Row<'scheduling.resource'> }) {
  const texts = useTexts()
  const clock = useClock()
  const me = useMe()
  const act = useAct()
  const [opened, setOpened] = useState<Operation>()
  const { exceptions, closed, zone } = row.availability as Availability
  const can = (name: string) => me !== undefined && may(me.rights, `scheduling.resource.${name}`) && row.status === 'in_use'
  const add = (name: 'add_availability_exception' | 'close_period', label: string) =>
    can(name) && <Button className="button" onPress={() => setOpened(`scheduling.resource.${name}`)}><Plus size={16} /> {label}</Button>
  const moment = (of: string) => {
    const at = wallClock(new Date(of), zone)
    return `${clock.date(at.slice(0, 10))}, ${clock.time(at)}`
  }
  return (
    <>
      <Section title={texts.exceptions} more={add('add_availability_exception', texts.add)}>
        {exceptions.length === 0 && <p className="hint">{texts.noExceptions}</p>}
        <ul>
          {exceptions.map(({ date, hours = [] }) => (
            <li key={date}>
              <span><strong>{clock.long(date)}</strong><small>{hours.length === 0 ? texts.shut : hours.map(({ from, until }) => `${clock.time(`${date}T${from}`)}–${clock.time(`${date}T${until}`)}`).join(', ')}</small></span>
              {can('remove_availability_exception') && <Button className="button" onPress={() => void act('scheduling.resource.remove_availability_exception', { row: { id: row.id }, body: { date } })}>{texts.remove}</Button>}
            </li>
          ))}
        </ul>
      </Section>
      <Section title={texts.closed} more={add('close_period', texts.close)}>
        {closed.length === 0 && <p className="hint">{texts.noClosed}</p>}
        <ul>
          {closed.map(({ from, until }) => (
            <li key={from}>
              <span>{moment(from)} – {moment(until)}</span>
              {can('open_period') && <Button className="button" onPress={() => void act('scheduling.resource.open_period', { row: { id: row.id }, body: { from, until } })}>{texts.open}</Button>}
            </li>
          ))}
        </ul>
      </Section>
      {opened && <Command name={opened} row={row} close={() => setOpened(undefined)} />}
    </>
  )
}
