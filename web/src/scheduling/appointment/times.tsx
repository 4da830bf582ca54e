// When something can be had: days in a row, and the times of the chosen one as big buttons. Each is one stop of
// the Tab key, in which the arrow keys move.
import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query'
import { ChevronLeft, ChevronRight } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { Button, Toolbar } from 'react-aria-components'
import { call, type Answer } from '../../api/client'
import { Skeleton, Trouble } from '../../kit/states'
import { useToday } from '../../kit/zone'
import { useClock } from './clock'
import { addDays, type Day } from './week'
import { useTexts } from './texts'

export type Slot = Answer<'scheduling.appointment.slots'>['data'][number]

/** As many days as are shown at once. */
const SHOWN = 31

interface SlotQuery {
  service: string
  /** Only with this person or chair. */
  with?: string
  /** The appointment that is to have another time: its own is free for it. */
  moving?: string
  first: Day
  days?: number
}

export const slotsOf = ({ service, with: resource, moving, first, days = SHOWN }: SlotQuery) => {
  const query = { service_id: service, resource_id: resource, moving, start_date: first, end_date: addDays(first, days - 1) }
  return queryOptions({
    queryKey: ['scheduling.appointment', 'slots', query],
    queryFn: async ({ signal }) => (await call('scheduling.appointment.slots', { query, signal })).data,
    placeholderData: keepPreviousData,
  })
}

/** The day to begin to look at: the one that is wished for, but none that is over. */
export const firstDay = (today: Day, wished?: string): Day => (wished && wished.slice(0, 10) > today ? wished.slice(0, 10) : today)

interface Props {
  service: string
  with?: string
  /** What moves, or is held: the time that it takes itself is free for it. */
  moving?: string
  /** A day or time that is wished for. */
  from?: string
  /** It stays in sight, also when it is held and so no longer free for others. */
  chosen?: Slot
  choose: (slot: Slot) => void
  /** The first time has the focus as soon as it is there. */
  focus?: boolean
}

export function Times({ service, with: resource, moving, from, chosen, choose, focus }: Props) {
  const texts = useTexts()
  const clock = useClock()
  const today = useToday()
  const [first, setFirst] = useState(() => firstDay(today, from))
  const [picked, setPicked] = useState<Day>()
  const slots = useQuery(slotsOf({ service, with: resource, moving, first }))
  const times = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (focus) times.current?.querySelector<HTMLElement>(slots.data?.length ? '.start' : '.dates button')?.focus()
  }, [slots.isSuccess])
  if (slots.isPending) return <Skeleton rows={3} />
  if (slots.isError) return <Trouble error={slots.error} retry={() => void slots.refetch()} />
  const all = oncePerStart([...(chosen ? [chosen] : []), ...slots.data])
  const days = [...new Set(all.map(({ start }) => start.slice(0, 10)))]
  const day = picked && days.includes(picked) ? picked : days[0]
  return (
    <div className="times" ref={times}>
      <Toolbar className="dates" aria-label={texts.day}>
        {first > today && <Button className="button quiet" aria-label={texts.before} onPress={() => setFirst(addDays(first, -SHOWN) < today ? today : addDays(first, -SHOWN))}><ChevronLeft size={16} /></Button>}
        {days.map((one) => (
          <Button key={one} className="date" aria-pressed={one === day} aria-label={clock.long(one)} onPress={() => setPicked(one)}>
            <small>{clock.weekday(one)}</small>{Number(one.slice(8))}
          </Button>
        ))}
        <Button className="button quiet" aria-label={texts.after} onPress={() => setFirst(addDays(first, SHOWN))}><ChevronRight size={16} /></Button>
      </Toolbar>
      {!day && <p className="hint">{texts.noTimes}</p>}
      {day && <h3>{clock.long(day)}</h3>}
      <Toolbar className="starts" aria-label={texts.times}>
        {all.filter(({ start }) => day && start.startsWith(day)).map((slot) => <Button key={slot.start} className="button start" aria-pressed={slot.start === chosen?.start} onPress={() => choose(slot)}>{clock.time(slot.start)}</Button>)}
      </Toolbar>
    </div>
  )
}

/** Several people can be free at one time: the first of them. */
const oncePerStart = (slots: Slot[]) =>
  slots.filter(({ start }, at) => slots.findIndex((other) => other.start === start) === at).sort((one, other) => one.start.localeCompare(other.start))
