// Moves an appointment to a free time, without a drag.
import { useState } from 'react'
import { Button, Dialog, Modal, ModalOverlay } from 'react-aria-components'
import { useReader } from '../../texts'
import { useDo } from './acts'
import { useClock } from './clock'
import { useNames, type Appointment } from './queries'
import { Times, type Slot } from './times'
import { useTexts } from './texts'
import './book.css'

export function Move({ of, close }: { of: Appointment; close: () => void }) {
  const { texts: shared } = useReader()
  const texts = useTexts()
  const clock = useClock()
  const names = useNames()
  const { move } = useDo()
  const [slot, setSlot] = useState<Slot>()
  const person = of.resources.find((id) => names.resource(id)?.kind === 'person')
  return (
    <ModalOverlay className="overlay" isOpen isDismissable onOpenChange={(open) => open || close()}>
      <Modal className="dialog booking">
        <Dialog aria-label={texts.acts.move}>
          <form onSubmit={(event) => { event.preventDefault(); if (slot) void move(of, slot); close() }}>
            <h2>{texts.acts.move}</h2>
            <p>{names.service(of.service)} · {clock.moment(of.start)}</p>
            <Times service={of.service} moving={of.id} with={person} from={of.start} chosen={slot} choose={setSlot} />
            <div className="row-end ends">
              <Button className="button" onPress={close}>{shared.act.cancel}</Button>
              <Button type="submit" className="button first" isDisabled={!slot}>{slot ? texts.moveTo(clock.moment(slot.start), names.servedBy(slot)) : texts.acts.move}</Button>
            </div>
          </form>
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}
