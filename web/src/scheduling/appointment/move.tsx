// Moves an appointment without a drag: to a free time, or outside the hours by those who may, with a reason.
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Button, Dialog, Modal, ModalOverlay } from 'react-aria-components'
import { call } from '../../api/client'
import { Problem } from '../../api/problem'
import { useMe } from '../../api/rights'
import { Needed } from '../../kit/needed'
import { useReader } from '../../texts'
import { useDo, useRefused } from './acts'
import { useClock } from './clock'
import { useDialogTexts } from './dialog-texts'
import { useNames, type Appointment } from './queries'
import { Times, type Slot } from './times'
import { Told } from './told'
import { useTexts } from './texts'
import { With } from './with'
import './book.css'

type Place = Pick<Appointment, 'start' | 'resources'>

export function Move({ of, close }: { of: Appointment; close: () => void }) {
  const { texts: shared } = useReader()
  const texts = useTexts()
  const said = useDialogTexts()
  const clock = useClock()
  const names = useNames()
  const me = useMe()
  const { move, isPast } = useDo()
  const before = of.resources.find((id) => names.resource(id)?.kind === 'person')
  // Until somebody is chosen it stays with whom it is.
  const [chosen, setChosen] = useState<{ person?: string }>()
  const person = chosen ? chosen.person : before
  const [slot, setSlot] = useState<Slot>()
  const [outside, setOutside] = useState(false)
  const [start, setStart] = useState(of.start.slice(0, 16))
  const [reason, setReason] = useState('')
  const mayOverride = (me?.rights.appointments_override ?? 'none') !== 'none'
  const resources = of.resources.map((id) => (id === before ? (person ?? id) : id))
  const typed = outside && start ? { start: `${start}:00`, resources } : undefined
  const refusal = useRefusal(of, typed)
  const to: Place | undefined = outside ? typed : slot
  const lacks = !to ? said.lacks.time : outside && !reason.trim() ? said.lacks.reason : undefined
  const ready = to && !refusal && !lacks
  const submit = () => {
    if (!to || !ready) return
    void move(of, to, outside ? reason.trim() : undefined)
    close()
  }
  return (
    <ModalOverlay className="overlay" isOpen isDismissable onOpenChange={(open) => open || close()}>
      <Modal className="dialog booking">
        <Dialog aria-label={texts.acts.move}>
          <form onSubmit={(event) => { event.preventDefault(); submit() }}>
            <h2>{texts.acts.move}</h2>
            <p>{[names.customer(of.customer), names.service(of.service), clock.moment(of.start)].filter(Boolean).join(' · ')}</p>
            {before && <With chosen={person} choose={(person) => { setSlot(undefined); setChosen({ person }) }} />}
            {mayOverride && <label className="check"><input type="checkbox" checked={outside} onChange={(event) => setOutside(event.target.checked)} /> {texts.outside}</label>}
            {!outside && <Times key={person} service={of.service} moving={of.id} with={person} from={of.start} chosen={slot} choose={setSlot} />}
            {outside && (
              <>
                <label className="field"><span className="label">{texts.when}<Needed /></span><input required type="datetime-local" value={start} onChange={(event) => setStart(event.target.value)} /></label>
                <label className="field"><span className="label">{texts.reason}<Needed /></span><input required maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} /></label>
              </>
            )}
            <Told of={of} isPast={to && isPast(to.start)} />
            {refusal && <p className="fault" role="alert">{refusal.sentence}</p>}
            {to && isPast(to.start) && <p className="hint">{texts.isPast}</p>}
            <div className="row-end ends">
              <span className="grow hint">{lacks}</span>
              <Button className="button" onPress={close}>{shared.act.cancel}</Button>
              <Button type="submit" className="button first" isDisabled={!ready}>{to ? texts.moveTo(clock.moment(to.start), names.servedBy(to)) : texts.acts.move}</Button>
            </div>
          </form>
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}

/** What is in the way of a time that no list of free ones offers. */
function useRefusal(of: Appointment, to?: Place) {
  const texts = useTexts()
  const names = useNames()
  const refused = useRefused()
  const { error } = useQuery({
    queryKey: ['scheduling.appointment', 'dry run', of.id, to],
    queryFn: async ({ signal }) => {
      await call('scheduling.appointment.reschedule', { path: { id: of.id }, query: { dry_run: 'true' }, body: { ...to, override_reason: texts.outside }, signal })
      return true
    },
    enabled: to !== undefined,
  })
  return to && error instanceof Problem ? refused(error, to.start, names) : undefined
}
