// What is done with an appointment: at once on the screen, and back where the business says no.
import { useQueryClient } from '@tanstack/react-query'
import { call, type Operation } from '../../api/client'
import { Problem } from '../../api/problem'
import { useRefresh } from '../../api/refresh'
import { may, useMe } from '../../api/rights'
import { useNameOf } from '../../kit/names'
import { toast } from '../../kit/toast'
import { useReader } from '../../texts'
import { useClock } from './clock'
import { useNamesLater, type Appointment, type AppointmentList, type Bookable, type Names } from './queries'
import type { Slot } from './times'
import { open, wallClock } from './week'
import { useActTexts } from './act-texts'

type Status = Appointment['status']
/** Acts that need nothing but a yes. */
export type Step = 'confirm' | 'start' | 'complete' | 'no_show'

const becomes: Record<Step, Status> = { confirm: 'confirmed', start: 'started', complete: 'completed', no_show: 'no_show' }
const steps: Partial<Record<Status, Step>> = { pending: 'confirm', confirmed: 'start', started: 'complete' }
export const isStep = (name: string): name is Step => name in becomes

export const isOver = ({ status }: Pick<Appointment, 'status'>) => ['released', 'completed', 'cancelled', 'declined', 'no_show'].includes(status)
/** A time that was held until now is nobody's any more. */
export const isShown = ({ status, held_until }: Appointment) => !['released', 'cancelled', 'declined'].includes(status) && !(status === 'held' && Date.parse(held_until ?? '') < Date.now())

/** The step that fits where something stands, if the reader may take it. */
export function useNext(): (of: Pick<Appointment, 'status'>) => Step | undefined {
  const me = useMe()
  return ({ status }) => {
    const step = steps[status]
    return step && me && may(me.rights, `scheduling.appointment.${step}`) ? step : undefined
  }
}

/** Why not, in one sentence: with whom or what is in the way of what was to start then, and until when. */
export function useRefused() {
  const { texts: shared, businessZone: zone } = useReader()
  const texts = useActTexts()
  const clock = useClock()
  const time = (moment: unknown) => clock.time(wallClock(new Date(String(moment)), zone))
  const hours = ({ availability }: Bookable, start: string) =>
    open(availability, start.slice(0, 10)).map(([from, until]) => clock.between(from, until)).join(', ')
  const reason = ({ code, detail, more }: Problem, start: string, names: Names) => {
    const whom = names.resource(String(more.key ?? more.resource))
    if (code === 'taken' && more.what === 'customer_time') return texts.busy(time(more.from), time(more.until))
    if (code === 'taken' && whom?.name) return texts.taken(whom.name, time(more.from), time(more.until))
    if (code === 'outside_hours' && whom?.name) return texts.away(whom.name, hours(whom, start))
    return detail
  }
  return (problem: Problem, start: string, names: Names) => ({
    sentence: `${texts.refused} ${reason(problem, start, names)}${problem.rule ? ` (${shared.problem.rule(problem.rule)})` : ''}`,
    /** When the same could be had. */
    next: problem.more.next as Slot | undefined,
  })
}

type Slotted = Pick<Appointment, 'start' | 'resources'>
const isAt = (of: Slotted, place: Slotted) => of.start === place.start && of.resources.toSorted().join() === place.resources.toSorted().join()

/** Does steps and moves, and tells of them. */
export function useDo() {
  const own = useActTexts()
  const clock = useClock()
  const nameOf = useNameOf()
  const namesLater = useNamesLater()
  const refused = useRefused()
  const me = useMe()
  const queries = useQueryClient()
  const refresh = useRefresh()
  const { businessZone } = useReader()
  const isPast = (start: string) => start < wallClock(new Date(), businessZone)

  async function act(of: Appointment, operation: Operation, body: object, patch: Partial<Appointment>, done: string, undo?: () => void) {
    await queries.cancelQueries({ queryKey: ['scheduling.appointment', 'on'] })
    queries.setQueriesData<AppointmentList>({ queryKey: ['scheduling.appointment', 'on'] }, (found) =>
      found && { ...found, data: found.data.map((row) => (row.id === of.id ? { ...row, ...patch } : row)) })
    try {
      await call(operation, { path: { id: of.id }, body })
      toast(done, { undo })
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      const names = await namesLater()
      const { sentence, next } = refused(error, patch.start ?? of.start, names)
      // Where it is already is nothing to go to.
      const elsewhere = next && !isAt(of, next) ? next : undefined
      toast(sentence, { bad: true, offer: elsewhere && { name: own.moveTo(clock.moment(elsewhere.start), names.servedBy(elsewhere)), act: () => void move(of, elsewhere) } })
    } finally {
      await refresh('scheduling.appointment')
    }
  }

  const step = (of: Appointment, name: Step) => {
    const reopens = name !== 'confirm' && me && may(me.rights, 'scheduling.appointment.reopen')
    const reopened = name === 'start' ? own.notHere : own.reopened
    const undo = () => void act(of, 'scheduling.appointment.reopen', { reason: own.mistake }, { status: of.status }, reopened(who(of)))
    return act(of, `scheduling.appointment.${name}`, {}, { status: becomes[name] }, own.stepped[name](who(of)), reopens ? undo : undefined)
  }

  /** With a reason also outside the hours, too soon or too far ahead, and back. */
  const move = async (of: Appointment, to: Slotted, override_reason?: string) => {
    const { start, resources } = of
    if (isAt(of, to)) return
    // A free time says more than where it is.
    const place = { start: to.start, resources: to.resources }
    const undo = () => void move({ ...of, ...place }, { start, resources }, override_reason)
    const names = await namesLater()
    const whom = names.servedBy(to) === names.servedBy(of) ? '' : names.servedBy(to)
    await act(of, 'scheduling.appointment.reschedule', { ...place, override_reason }, place, [own.moved(who(of), clock.moment(to.start), whom), isPast(to.start) && own.isPast].filter(Boolean).join('. '), undo)
  }

  const who = ({ customer }: Appointment) => nameOf(customer) ?? own.appointment
  return { step, move, isPast }
}
