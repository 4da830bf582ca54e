// What is done with an appointment: at once on the screen, and back where the business says no.
import { useQueryClient } from '@tanstack/react-query'
import { call, type Operation } from '../../api/client'
import { Problem } from '../../api/problem'
import { may, useMe } from '../../api/rights'
import { toast } from '../../kit/toast'
import { useReader } from '../../words'
import { useClock } from './clock'
import { useNames, type Appointment } from './queries'
import { useWords } from './words'

type Status = Appointment['status']
/** Acts that need nothing but a yes. */
export type Step = 'confirm' | 'start' | 'complete' | 'no_show'

const becomes: Record<Step, Status> = { confirm: 'confirmed', start: 'started', complete: 'completed', no_show: 'no_show' }
const steps: Partial<Record<Status, Step>> = { pending: 'confirm', confirmed: 'start', started: 'complete' }

export const isOver = ({ status }: Pick<Appointment, 'status'>) => ['released', 'completed', 'cancelled', 'declined', 'no_show'].includes(status)
/** A time that was held until now is nobody's any more. */
export const isShown = ({ status, held_until }: Appointment) => !['released', 'cancelled', 'declined'].includes(status) && !(status === 'held' && Date.parse(held_until ?? '') < Date.now())

/** What may be done with it now, by the rights of the reader and by where it stands. */
export function useActs(of: Pick<Appointment, 'status' | 'starts_at'> | undefined) {
  const me = useMe()
  const can = (name: string, ...when: Status[]) => of !== undefined && me !== undefined && when.includes(of.status) && may(me.rights, `scheduling.appointment.${name}`)
  const next = of && steps[of.status]
  return {
    /** The one that fits. */
    next: next && can(next, of.status) ? next : undefined,
    noShow: can('no_show', 'confirmed') && Date.parse(of!.starts_at) <= Date.now(),
    move: can('reschedule', 'pending', 'confirmed'),
    decline: can('decline', 'pending'),
    cancel: can('cancel', 'confirmed', 'started') || (can('cancel', 'pending') && !can('decline', 'pending')),
    reopen: can('reopen', 'completed', 'cancelled', 'declined', 'no_show'),
  }
}

/** Does steps and moves, and tells of them. */
export function useDo() {
  const { words } = useReader()
  const own = useWords()
  const clock = useClock()
  const names = useNames()
  const me = useMe()
  const queries = useQueryClient()

  async function act(of: Appointment, operation: Operation, body: object, patch: Partial<Appointment>, told: string, undo?: () => void) {
    await queries.cancelQueries({ queryKey: ['scheduling.appointment', 'in'] })
    queries.setQueriesData<Appointment[]>({ queryKey: ['scheduling.appointment', 'in'] }, (rows) =>
      rows?.map((row) => (row.id === of.id ? { ...row, ...patch } : row)))
    try {
      await call(operation, { path: { id: of.id }, body })
      toast(told, { undo })
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      toast(`${own.refused} ${named(error.detail)}${error.rule ? ` (${words.problem.rule(error.rule)})` : ''}`, { bad: true })
    } finally {
      await queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] === 'scheduling.appointment' })
    }
  }

  const step = (of: Appointment, name: Step) => {
    const reopens = name !== 'confirm' && name !== 'start' && me && may(me.rights, 'scheduling.appointment.reopen')
    const undo = () => void act(of, 'scheduling.appointment.reopen', { reason: own.mistake }, { status: of.status }, own.reopened(who(of)))
    return act(of, `scheduling.appointment.${name}`, {}, { status: becomes[name] }, own.stepped[name](who(of)), reopens ? undo : undefined)
  }

  const move = async (of: Appointment, to: Pick<Appointment, 'start' | 'resources'>) => {
    const { start, resources } = of
    if (start === to.start && resources.join() === to.resources.join()) return
    // A free time says more than where it is.
    const place = { start: to.start, resources: to.resources }
    const undo = () => void move({ ...of, ...place }, { start, resources })
    await act(of, 'scheduling.appointment.reschedule', place, place, own.moved(who(of), clock.moment(to.start)), undo)
  }

  /** With the names of people and chairs in place of their ids. */
  const named = (detail: string) => detail.replace(/[0-9a-f-]{36}/g, (id) => names.resource(id)?.name ?? id)
  const who = ({ customer }: Appointment) => names.customer(customer) || own.appointment
  return { step, move }
}
