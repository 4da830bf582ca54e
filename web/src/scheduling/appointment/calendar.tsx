// The calendar: a week, a day or an agenda of appointments, with the chosen one beside it.
import { useQuery } from '@tanstack/react-query'
import { ChevronLeft, ChevronRight, Plus, Users } from 'lucide-react'
import { useMemo } from 'react'
import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components'
import { may, useMe } from '../../api/rights'
import { useKeys } from '../../kit/keys'
import { Segments } from '../../kit/segments'
import { Top } from '../../kit/shell'
import { Heading, Skeleton, Trouble } from '../../kit/states'
import { useReader } from '../../texts'
import { isShown, useDo } from './acts'
import { Agenda } from './agenda'
import { useBooking } from './book'
import { useClock } from './clock'
import { Grid } from './grid'
import { Chosen } from './panel'
import { appointmentsOn, bookables, useNames, type Appointment, type Bookable } from './queries'
import { LANES, useOpened, useView } from './view'
import { addDays, daysFrom, isOn, open as openOn, type Day } from './week'
import { useTexts } from './texts'
import './calendar.css'
import './entry.css'

export function Calendar() {
  const texts = useTexts()
  const clock = useClock()
  const me = useMe()
  const { businessZone } = useReader()
  const { view, from, count, today, people, set, step } = useView()
  const used = useQuery(bookables)
  const zone = used.data?.[0]?.availability.zone ?? businessZone
  const found = useQuery({ ...appointmentsOn(from, count, zone), enabled: used.isSuccess })
  const names = useNames()
  const does = useDo()
  const book = useBooking()
  const lanes = useMemo(() => lanesOf(used.data ?? [], people?.join()), [used.data, people?.join()])
  const shown = useMemo(() => shownOf(found.data ?? [], lanes), [found.data, lanes])
  const days = useMemo(() => daysOf(daysFrom(from, count), lanes, shown, today), [from, count, lanes, shown, today])
  const can = (name: string) => me !== undefined && may(me.rights, `scheduling.appointment.${name}`)
  const begin = can('book') ? book : undefined
  const bookAtFocus = () => {
    const lane = document.activeElement?.closest<HTMLElement>('.lane')?.dataset
    begin?.({ with: lane?.lane, at: `${lane?.day ?? from}T00:00:00` })
  }
  useKeys({
    d: () => void set({ view: 'day' }), w: () => void set({ view: 'week' }), a: () => void set({ view: 'agenda' }), t: () => void set({ day: undefined }),
    ArrowLeft: () => void step(-1), ArrowRight: () => void step(1), n: begin && bookAtFocus,
  })
  const choose = (id?: string) => void set({ open: id })
  const trouble = used.error ?? found.error
  return (
    <>
      <Top>
        <div className="crumbs"><Heading>{view === 'day' ? clock.long(from) : clock.month(addDays(from, Math.floor(count / 2)))}</Heading></div>
        <div className="steps">
          <Button className="button" aria-label={texts.before} onPress={() => void step(-1)}><ChevronLeft size={16} /></Button>
          <Button className="button" onPress={() => void set({ day: undefined })}>{texts.today}</Button>
          <Button className="button" aria-label={texts.after} onPress={() => void step(1)}><ChevronRight size={16} /></Button>
        </div>
        <span className="grow" />
        {used.data && used.data.length > 1 && <People of={used.data} chosen={lanes} choose={(ids) => void set({ people: ids.join() || undefined })} />}
        <Segments label={texts.view} of={[['day', texts.day], ['week', texts.week], ['agenda', texts.agenda]]} chosen={view} choose={(view) => void set({ view })} />
        {begin && <Button className="button first" aria-label={texts.book} onPress={bookAtFocus}><Plus size={16} /> <span className="wordy">{texts.book}</span></Button>}
      </Top>
      {trouble && <div className="page"><Trouble error={trouble} retry={() => void (used.error ? used : found).refetch()} /></div>}
      {!trouble && (used.isPending || found.isPending) && <div className="page"><Skeleton /></div>}
      {used.data && found.data && (
        <div className="calendar">
          {view === 'agenda'
            ? <Agenda days={days} today={today} appointments={shown} names={names} choose={choose} isShut={(day) => used.data.every(({ availability }) => openOn(availability, day).length === 0)} />
            : <Grid days={days} today={today} lanes={lanes} appointments={shown} names={names} choose={choose} move={can('reschedule') ? does.move : undefined} book={begin && (({ lane, start }) => begin({ with: lane, at: start }))} />}
          <Opened close={choose} grid={view !== 'agenda'} />
        </div>
      )}
    </>
  )
}

/** The panel of what is open; the calendar beside it is not drawn anew for that. */
function Opened({ close, grid }: { close: () => void; grid: boolean }) {
  const id = useOpened()
  const leave = () => {
    close()
    // Whoever closes the panel goes on where they were.
    document.querySelector<HTMLElement>(`[data-id="${id}"]`)?.focus()
  }
  return id && <Chosen key={id} id={id} close={leave} grid={grid} />
}

/** The lanes one asked for; without a wish those of people, not too many of them. */
function lanesOf(all: Bookable[], chosen?: string): Bookable[] {
  const selected = chosen ? all.filter(({ id }) => chosen.includes(id)) : all.filter(({ kind }) => kind === 'person').slice(0, LANES)
  return selected.length > 0 ? selected : all.slice(0, LANES)
}

function shownOf(all: Appointment[], lanes: Bookable[]) {
  return all.filter((one) => isShown(one) && one.resources.some((id) => lanes.some((lane) => lane.id === id)))
}

/** Without the days at both ends of a week on which nobody is there and nothing is booked. */
function daysOf(days: Day[], lanes: Bookable[], appointments: Appointment[], today: Day): Day[] {
  const used = (day: Day) => day === today || lanes.some(({ availability }) => openOn(availability, day).length > 0) || appointments.some((one) => isOn(one, day))
  if (days.length === 1 || !days.some(used)) return days
  const first = days.findIndex(used)
  return days.slice(first, Math.max(first + 5, days.findLastIndex(used) + 1))
}

function People({ of, chosen, choose }: { of: Bookable[]; chosen: Bookable[]; choose: (ids: string[]) => void }) {
  const texts = useTexts()
  return (
    <MenuTrigger>
      <Button className="button" aria-label={texts.people}><Users size={16} /> <span className="wordy">{texts.some(chosen.length, of.length)}</span></Button>
      <Popover className="popover" placement="bottom end">
        <Menu aria-label={texts.people} selectionMode="multiple" selectedKeys={chosen.map(({ id }) => id)} onSelectionChange={(keys) => choose(keys === 'all' ? [] : [...keys].map(String))}>
          {of.map(({ id, name }) => <MenuItem key={id} id={id} className="menu-item">{name}</MenuItem>)}
        </Menu>
      </Popover>
    </MenuTrigger>
  )
}
