// Books an appointment: who, what, with whom, when. The time that is chosen is held meanwhile.
import { useMutation, useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState, type KeyboardEvent } from 'react'
import { Button, Dialog, Modal, ModalOverlay } from 'react-aria-components'
import { call } from '../../api/client'
import { Problem } from '../../api/problem'
import { useRefresh } from '../../api/refresh'
import { may, useMe } from '../../api/rights'
import { useAct } from '../../kit/act'
import { toast } from '../../kit/toast'
import { useToday } from '../../kit/zone'
import { useReader } from '../../texts'
import { isShown, useRefused } from './acts'
import { useBegun, type Begun } from './book'
import { useClock } from './clock'
import { useDialogTexts } from './dialog-texts'
import { Hold } from './hold'
import { Offer } from './offer'
import { services, useNames, visitsOf, type Appointment } from './queries'
import { firstDay, slotsOf, Times, type Slot } from './times'
import { useTexts } from './texts'
import { Who } from './who'
import { With } from './with'
import './book.css'

/** The dialogue, while the address asks for it. */
export function Booking() {
  const texts = useTexts()
  const { begun, close } = useBegun()
  if (!begun) return null
  return (
    <ModalOverlay className="overlay" isOpen isDismissable onOpenChange={(open) => open || void close()}>
      <Modal className="dialog booking">
        <Dialog aria-label={texts.booking}><Form begun={begun} close={() => void close()} /></Dialog>
      </Modal>
    </ModalOverlay>
  )
}

function Form({ begun, close }: { begun: Begun; close: () => void }) {
  const { texts: shared } = useReader()
  const today = useToday()
  const texts = useTexts()
  const said = useDialogTexts()
  const clock = useClock()
  const me = useMe()
  const names = useNames()
  const refused = useRefused()
  const refresh = useRefresh()
  const act = useAct()
  const own = me?.customer ?? undefined
  const [customer, setCustomer] = useState(own ?? begun.customer)
  const [service, setService] = useState(begun.service)
  const [person, setPerson] = useState(names.resource(begun.with ?? '')?.kind === 'person' ? begun.with : undefined)
  const [slot, setSlot] = useState<Slot>()
  const [held, setHeld] = useState<{ id: string; until: string }>()
  const offered = useQuery({ ...services, select: (all) => all.filter((one) => one.status === 'offered' && (!own || one.public)) })
  // The time somebody pointed at is chosen, if it is free.
  const pointed = useQuery({
    ...slotsOf({ service: service ?? '', with: person, first: firstDay(today, begun.at) }),
    enabled: service !== undefined && begun.at !== undefined,
    // What was free of another service or person is not what somebody pointed at.
    placeholderData: undefined,
    select: (all) => all.find(({ start }) => start === begun.at),
  })
  const chosen = slot ?? pointed.data
  const visits = useQuery({ ...visitsOf(customer ?? ''), enabled: customer !== undefined && me !== undefined && may(me.rights, 'scheduling.appointment.of_customer') })
  const needsPerson = offered.data?.find(({ id }) => id === service)?.phases.some(({ needs }) => needs?.includes('person'))

  // What is held is let go with the dialogue, however that is left; what is being booked is not.
  const holding = useRef<string>(undefined)
  const left = useRef(false)
  const release = async () => {
    const id = holding.current
    holding.current = undefined
    setHeld(undefined)
    if (id) await call('scheduling.appointment.cancel', { path: { id }, body: {} }).catch(() => {}) // it ends by itself
  }
  useEffect(() => {
    left.current = false
    return () => {
      left.current = true
      void release()
    }
  }, [])
  // Whoever chose something goes on at what comes next; the times are there a little later, and take the focus themselves.
  const form = useRef<HTMLFormElement>(null)
  const [goesOn, setGoesOn] = useState(false)
  useEffect(() => {
    if (!goesOn || !customer || visits.isLoading) return
    form.current?.querySelector<HTMLElement>(service ? '.start' : '.again, .offer .choice')?.focus()
  }, [goesOn, customer, service, visits.isLoading])
  const hold = useMutation({
    mutationFn: async ({ start, resources }: Slot) => {
      await release()
      const { data: { id } } = await call('scheduling.appointment.hold', { body: { service, start, resources, customer } })
      holding.current = id
      if (left.current) await release()
      const found = await call('scheduling.appointment.find', { path: { id } })
      return { id, until: found.data.held_until ?? '' }
    },
    onSuccess: setHeld,
    onError: () => { setSlot(undefined); void refresh('scheduling.appointment') },
  })
  const book = useMutation({
    mutationFn: () => {
      holding.current = undefined
      if (held) return call('scheduling.appointment.book_held', { path: { id: held.id }, body: { customer, party_size: 1 } })
      const { start, resources } = chosen!
      return call('scheduling.appointment.book', { body: { customer, service, start, resources, party_size: 1 } })
    },
    onSuccess: async ({ data: { id } }) => {
      const undo = () => void act('scheduling.appointment.cancel', { row: { id }, body: { reason: said.bookedByMistake } })
      toast(texts.booked(names.customer(customer) || texts.appointment, clock.moment(chosen!.start), names.servedBy(chosen!)), { undo })
      close()
      await refresh('scheduling.appointment')
    },
    onError: () => { setHeld(undefined); setSlot(undefined); void refresh('scheduling.appointment') },
  })
  // What was refused before says nothing of what is wished for now.
  const forget = () => { hold.reset(); book.reset() }
  const choose = (to: Slot) => { forget(); setSlot(to); hold.mutate(to) }
  const anew = () => { forget(); void release(); setSlot(undefined) }
  const goOn = <T,>(set: (to: T) => void) => (to: T) => { setGoesOn(true); set(to) }
  const lacks = !customer ? said.lacks.customer : !service ? said.lacks.service : !chosen ? said.lacks.time : undefined
  const ready = customer && chosen && !hold.isPending && !book.isPending
  const problem = [book.error, hold.error].find((error) => error instanceof Problem)
  const refusal = problem && refused(problem, (hold.variables ?? chosen)?.start ?? '', names)
  // Before the button that has the focus takes it for itself.
  const pressed = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.metaKey || event.ctrlKey)) return
    event.preventDefault()
    event.stopPropagation()
    if (ready) book.mutate()
  }
  return (
    <form
      ref={form}
      onSubmit={(event) => { event.preventDefault(); if (ready) book.mutate() }}
      onKeyDownCapture={pressed}
    >
      <h2>{texts.booking}</h2>
      {!own && <Who chosen={customer} choose={goOn(setCustomer)} />}
      {customer && <Visits of={visits.data ?? []} choose={goOn((last) => { anew(); setService(last.service); setPerson(last.person) })} />}
      {offered.data && <Offer of={offered.data} chosen={service} choose={goOn((to) => { anew(); setService(to) })} />}
      {service && needsPerson && <With chosen={person} choose={(to) => { anew(); setGoesOn(false); setPerson(to) }} />}
      {refusal && (
        <p className="fault" role="alert">
          {refusal.sentence}{' '}
          {refusal.next && <Button className="button" onPress={() => choose(refusal.next!)}>{said.insteadAt(clock.moment(refusal.next.start), names.servedBy(refusal.next))}</Button>}
        </p>
      )}
      {service && <Times key={`${service} ${person}`} focus={goesOn} service={service} with={person} moving={held?.id} from={begun.at} chosen={chosen} choose={choose} />}
      <div className="row-end ends">
        {held && <Hold until={held.until} over={() => { holding.current = undefined; setHeld(undefined); setSlot(undefined) }} />}
        <span className="grow hint">{lacks}</span>
        <Button className="button" onPress={close}>{shared.act.cancel}</Button>
        <Button type="submit" className="button first" isDisabled={!ready}>{chosen ? texts.bookAt(clock.moment(chosen.start)) : texts.book}</Button>
      </div>
    </form>
  )
}

/** What is booked for them already, and what they had when they were here. */
function Visits({ of, choose }: { of: Appointment[]; choose: (last: { service: string; person?: string }) => void }) {
  const said = useDialogTexts()
  const clock = useClock()
  const names = useNames()
  const offered = useQuery(services)
  const isPast = ({ starts_at }: Appointment) => Date.parse(starts_at) < Date.now()
  const coming = of.findLast((one) => isShown(one) && one.status !== 'held' && !isPast(one))
  const last = of.find((one) => isPast(one) && isShown(one) && one.status !== 'no_show' && offered.data?.some(({ id, status }) => id === one.service && status === 'offered'))
  const person = last?.resources.find((id) => names.resource(id)?.kind === 'person')
  return (
    <>
      {coming && <p className="hint">{said.comesAlready(names.service(coming.service), names.servedBy(coming), clock.moment(coming.start))}</p>}
      {last && (
        <Button className="button again" onPress={() => choose({ service: last.service, person })}>
          {said.likeLast(names.service(last.service), names.resource(person ?? '')?.name ?? '')} <small>{clock.date(last.start.slice(0, 10))}</small>
        </Button>
      )}
    </>
  )
}
