// Erasing a person: what goes and what stays, why, and their name typed, so that nobody does it by mistake;
// afterwards, what is left for a decision.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { Button, Dialog, Label, Modal, ModalOverlay, Radio, RadioGroup } from 'react-aria-components'
import { call, reached, type Answer } from '../../api/client'
import { Needed } from '../needed'
import { resourceOf } from '../resource'
import { actOf, useTexts as useSharedTexts } from '../../texts'
import { useTexts } from './texts'

type Remains = Answer<'platform.subject.erase'>['data']
type Reason = keyof ReturnType<typeof useTexts>['reasons']

export function EraseDialog({ id, name, close }: { id: string; name: string; close: () => void }) {
  const queries = useQueryClient()
  const title = actOf('platform.subject.erase')
  const erase = useMutation({
    mutationFn: (reason: Reason) => call('platform.subject.erase', { path: { id }, body: { reason } }),
    onSuccess: ({ meta }) => {
      reached(meta.position)
      // A person is named in many places.
      void queries.invalidateQueries()
    },
  })
  return (
    <ModalOverlay className="overlay" isOpen isDismissable={!erase.isSuccess} onOpenChange={(open) => open || close()}>
      <Modal className="dialog">
        <Dialog aria-label={title}>
          {erase.data ? <Left of={erase.data.data} close={close} /> : <Confirm title={title} name={name} error={erase.error} pending={erase.isPending} erase={erase.mutate} close={close} />}
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}

interface ConfirmProps {
  title: string
  name: string
  error: Error | null
  pending: boolean
  erase: (reason: Reason) => void
  close: () => void
}

function Confirm({ title, name, error, pending, erase, close }: ConfirmProps) {
  const texts = useTexts()
  const shared = useSharedTexts()
  const [reason, setReason] = useState<Reason>('requested')
  const [typed, setTyped] = useState('')
  const isMeant = typed.trim() === name.trim()
  return (
    <form noValidate onSubmit={(event) => { event.preventDefault(); if (isMeant) erase(reason) }}>
      <h2>{title}</h2>
      {error && <p className="fault" role="alert">{error.message}</p>}
      <p><strong>{texts.goes}.</strong> {texts.gone}</p>
      <p><strong>{texts.stays}.</strong> {texts.left}</p>
      <RadioGroup className="radios" value={reason} onChange={(to) => setReason(to as Reason)}>
        <Label>{texts.why}</Label>
        {(Object.entries(texts.reasons) as [Reason, string][]).map(([value, text]) => <Radio key={value} value={value} className="radio">{text}</Radio>)}
      </RadioGroup>
      <label className="field">
        <span className="label">{texts.type(name)}<Needed /></span>
        <input required autoComplete="off" value={typed} onChange={(event) => setTyped(event.target.value)} />
      </label>
      <div className="row-end">
        <Button className="button" onPress={close}>{shared.act.cancel}</Button>
        <Button type="submit" className="button first" isDisabled={!isMeant || pending}>{title}</Button>
      </div>
    </form>
  )
}

/** What others wrote about the person, and who may be the same: each is looked at by somebody. */
function Left({ of: { comments, related }, close }: { of: Remains; close: () => void }) {
  const texts = useTexts()
  const places = useSharedTexts().places
  const issues = [...new Set(comments.map(({ issue }) => issue))]
  return (
    <div className="once">
      <h2>{texts.done}</h2>
      {issues.length + related.length === 0 && <p>{texts.nothing}</p>}
      {issues.length > 0 && <h3>{texts.comments}</h3>}
      <ul>{issues.map((id) => <li key={id}><Thing topic="support.issue" id={id} kind={texts.comment} close={close} /></li>)}</ul>
      {related.length > 0 && <h3>{texts.related}</h3>}
      <ul>{related.map(({ topic, id }) => <li key={id}><Thing topic={topic} id={id} kind={places[topic] ?? topic} close={close} /></li>)}</ul>
      <div className="row-end"><Button className="button first" onPress={close}>{texts.close}</Button></div>
    </div>
  )
}

function Thing({ topic, id, kind, close }: { topic: string; id: string; kind: string; close: () => void }) {
  const name = `${kind} ${id.slice(0, 8)}`
  const resource = resourceOf(topic)
  return resource ? <Link className="reference" to={`/${resource.place}/${id}` as never} onClick={close}>{name}</Link> : name
}
