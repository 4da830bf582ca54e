// Moves an appointment to a free time, without a drag.
import { useState } from 'react'
import { Button, Dialog, Modal, ModalOverlay } from 'react-aria-components'
import { useReader } from '../../words'
import { useDo } from './acts'
import { useClock } from './clock'
import { useNames, type Appointment } from './queries'
import { Times, type Slot } from './times'
import { useWords } from './words'
import './book.css'

export function Move({ of, close }: { of: Appointment; close: () => void }) {
  const { words: kit } = useReader()
  const words = useWords()
  const clock = useClock()
  const names = useNames()
  const { move } = useDo()
  const [slot, setSlot] = useState<Slot>()
  const person = of.resources.find((id) => names.resource(id)?.kind === 'person')
  return (
    <ModalOverlay className="overlay" isOpen isDismissable onOpenChange={(open) => open || close()}>
      <Modal className="dialog booking">
        <Dialog aria-label={words.acts.move}>
          <form onSubmit={(event) => { event.preventDefault(); if (slot) void move(of, slot); close() }}>
            <h2>{words.acts.move}</h2>
            <p>{names.service(of.service)} · {clock.moment(of.start)}</p>
            <Times service={of.service} moving={of.id} with={person} from={of.start} chosen={slot} choose={setSlot} />
            <div className="row-end ends">
              <Button className="button" onPress={close}>{kit.act.cancel}</Button>
              <Button type="submit" className="button first" isDisabled={!slot}>{slot ? words.moveTo(clock.moment(slot.start), names.servedBy(slot)) : words.acts.move}</Button>
            </div>
          </form>
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}
