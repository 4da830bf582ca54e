// A command as a dialogue, made from the schema of its body.
import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { Dialog, Modal, ModalOverlay } from 'react-aria-components'
import type { Operation } from '../api/client'
import { Problem } from '../api/problem'
import { actOf } from '../texts'
import type { Schema, Schemas } from './form'

export type Forms = { forms: Record<string, Schema>; schemas: Schemas }

/** The fields are loaded with the first dialogue: no screen begins with one. */
const Form = lazy(async () => ({ default: (await import('./command-form')).CommandForm }))

export interface Props {
  name: Operation
  /** The item as it is seen, if it is one. */
  row?: { id: string; version?: number } & Record<string, unknown>
  /** The items, if it is given to many. */
  rows?: { id: string; version: number }[]
  /** What its fields begin with, where no item says it. */
  begins?: Record<string, unknown>
  /** What of the body is settled, and not asked for. */
  settled?: Record<string, unknown>
  /** The parts of the path, where the id is not all. */
  path?: Record<string, string>
  /** What is said when it was taken, where that is not that it is done. */
  told?: string
  close: () => void
  done?: (id: string, answer: Record<string, unknown>) => void
}

export function Command(props: Props) {
  const { name, close } = props
  const forms = useQuery({ queryKey: ['forms'], queryFn: async () => (await import('../api/generated/forms.json')).default as unknown as Forms, staleTime: Infinity })
  const title = actOf(name)
  // What is shown only once does not go away by a click beside it.
  const [kept, setKept] = useState(false)
  return (
    <ModalOverlay className="overlay" isOpen isDismissable={!kept} isKeyboardDismissDisabled={kept} onOpenChange={(open) => open || close()}>
      <Modal className="dialog">
        <Dialog aria-label={title}>
          {forms.data && <Suspense><Form {...props} title={title} forms={forms.data} keep={setKept} /></Suspense>}
          {forms.isError && <p className="fault">{Problem.offline().detail}</p>}
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}
