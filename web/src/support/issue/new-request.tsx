// Asking for help: what it is about, and if it is about a licence, which.
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { Button, Dialog, Modal, ModalOverlay } from 'react-aria-components'
import { call } from '../../api/client'
import { useRefresh } from '../../api/refresh'
import { faultsOf } from '../../kit/faults'
import { Needed } from '../../kit/needed'
import { one } from '../../kit/one'
import { Pick } from '../../kit/pick'
import { useUnsaved } from '../../kit/unsaved'
import { useMe } from '../../api/rights'
import { fieldOf, useTexts as useSharedTexts } from '../../texts'
import { Files } from './files'
import { useTexts } from './texts'
import { worksOnIssues } from './thread'
import { useDrop, useUploads } from './uploads'

/** `renewing`: the licence that is to be renewed, if it is about that. */
export function NewRequest({ renewing, close }: { renewing?: string; close: () => void }) {
  const texts = useTexts()
  const shared = useSharedTexts()
  const refresh = useRefresh()
  const navigate = useNavigate()
    const [license, setLicense] = useState(renewing)
  const { data: licence } = useQuery({ ...one('licensing.license', license ?? ''), enabled: license !== undefined, select: ({ data }) => data })
  const [typed, setTitle] = useState<string>()
  const title = typed ?? (renewing && licence ? texts.renewal(licence.product_name ?? licence.sku ?? '') : '')
  const [text, setText] = useState(renewing ? texts.renew : '')
  const me = useMe()
  const [chosen, setCabinet] = useState<string>()
  // What an agent asks about a licence is its organisation's, unless they say otherwise; clients act in their own.
  const asksForOthers = me !== undefined && worksOnIssues(me)
  const cabinet = chosen ?? (asksForOthers && license ? licence?.cabinet_id : undefined)
  const [reporter, setReporter] = useState<string>()
  const uploads = useUploads()
  const settle = useUnsaved(typed !== undefined || (!renewing && text !== '') || uploads.all.length > 0)
  const drop = useDrop(uploads, true)
  const [key] = useState(() => crypto.randomUUID())
  const send = useMutation({
    mutationFn: async () => {
      const opened = await call('support.issue.open', { body: { title, text, license, cabinet, reporter }, key })
      await uploads.attach(opened.data.id, 'public')
      return opened
    },
    onSuccess: ({ data }) => {
      void refresh('support.issue')
      settle()
      close()
      void navigate({ to: `/issues/${data.id}` } as never)
    },
  })
  const faults = faultsOf(send.error)
  return (
    <ModalOverlay className="overlay" isOpen isDismissable onOpenChange={(open) => open || close()}>
      <Modal className="dialog">
        <Dialog aria-label={texts.newRequest}>
          <form noValidate {...drop} onSubmit={(event) => { event.preventDefault(); send.mutate() }}>
            <h2>{texts.newRequest}</h2>
            {send.error && <p className="fault" role="alert">{send.error.message}</p>}
            <label className="field">
              <span className="label">{texts.about}<Needed /></span>
              <input name="/title" required autoFocus maxLength={200} value={title} onChange={(event) => setTitle(event.target.value)} aria-invalid={'/title' in faults || undefined} />
              {faults['/title'] && <span className="fault">{faults['/title']}</span>}
            </label>
            <label className="field">
              <span className="label">{texts.what}<Needed /></span>
              <textarea name="/text" required rows={6} value={text} onChange={(event) => setText(event.target.value)} aria-invalid={'/text' in faults || undefined} />
              {faults['/text'] && <span className="fault">{faults['/text']}</span>}
            </label>
            {asksForOthers && (
              <>
                <Pick topic="organizations.cabinet" label={fieldOf('cabinet')} value={cabinet} change={setCabinet} fault={faults['/cabinet']} />
                <Pick topic="identity.user" label={texts.reporter} value={reporter} change={setReporter} fault={faults['/reporter']} />
              </>
            )}
            <Pick topic="licensing.license" label={texts.licence} value={license} change={setLicense} />
            <Files of={uploads} />
            <div className="row-end">
              <Button className="button" onPress={() => { settle(); close() }}>{shared.act.cancel}</Button>
              <Button type="submit" className="button first" isDisabled={send.isPending || !uploads.ready || !title.trim() || !text.trim()}>{texts.send}</Button>
            </div>
          </form>
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}
