// The files of an issue: where they stand in the thread, how they are downloaded, and how they are removed.
import { useMutation } from '@tanstack/react-query'
import { Download, FileText, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Button, Dialog, Modal, ModalOverlay } from 'react-aria-components'
import { call, requestOf } from '../../api/client'
import { useRefresh } from '../../api/refresh'
import { may, useMe } from '../../api/rights'
import { bytes } from '../../kit/bytes'
import { saveBytes } from '../../kit/save'
import { toast } from '../../kit/toast'
import { Badge } from '../../kit/value'
import { actOf, fieldOf, useReader, useTexts as useSharedTexts } from '../../texts'
import { Entry } from './entry'
import type { Attachment, Scan } from './queries'
import { useTexts } from './texts'
import './attachments.css'

/** Pictures larger than this, in bytes, are not shown small. */
const SHOWN = 5_000_000

interface Props {
  issue: string
  of: Attachment
  scan?: Scan
  /** Whether it can be removed: what it was is only read. */
  changes: boolean
}

export function AttachmentEntry({ issue, of, scan, changes }: Props) {
  const texts = useTexts()
  const shared = useSharedTexts()
  const { locale } = useReader()
  const [removing, setRemoving] = useState(false)
  const name = of.name ?? shared.item.erased
  const harmful = scan?.scan === 'quarantined'
  const removes = useRemoves(of)
  return (
    <Entry of={of}>
      <div className="attachment">
        <Preview issue={issue} of={of} hidden={harmful} />
        <span>
          <strong>{name}</strong>
          <span className="hint">{bytes(of.size, locale)} {scan && scan.scan !== 'clean' && <Badge of={scan.scan} />} {harmful && scan.reason}</span>
        </span>
        {!harmful && <Button className="button quiet" aria-label={`${texts.download}: ${name}`} onPress={() => void saveBytes('support.issue.download_attachment', { id: issue, attachment: of.id }, of.name ?? undefined)}><Download size={16} /></Button>}
        {changes && removes.allowed && <Button className="button quiet" aria-label={`${shared.act.remove}: ${name}`} onPress={() => setRemoving(true)}><Trash2 size={16} /></Button>}
      </div>
      {removing && <Remove issue={issue} of={of} name={name} withReason={removes.withReason} close={() => setRemoving(false)} />}
    </Entry>
  )
}

/** A picture, small; of anything else a sign. */
function Preview({ issue, of, hidden }: { issue: string; of: Attachment; hidden: boolean }) {
  const [failed, setFailed] = useState(false)
  const isPicture = of.media_type.startsWith('image/') && of.size <= SHOWN
  if (!isPicture || hidden || failed) return <FileText size={20} aria-hidden="true" />
  return <img src={requestOf('support.issue.download_attachment', { path: { id: issue, attachment: of.id } }).url} alt="" loading="lazy" onError={() => setFailed(true)} />
}

const WINDOW = 15 * 60_000

/** SUP-3: who attached it removes it for a quarter of an hour; agents remove anything, and say why. */
function useRemoves({ author, at }: Attachment) {
  const me = useMe()
  const isMine = author === me?.user && Date.now() - Date.parse(at) < WINDOW
  return { allowed: isMine || (me !== undefined && may(me.rights, 'support.issue.assign')), withReason: !isMine }
}

function Remove({ issue, of, name, withReason, close }: { issue: string; of: Attachment; name: string; withReason: boolean; close: () => void }) {
  const texts = useTexts()
  const shared = useSharedTexts()
  const refresh = useRefresh()
  const [reason, setReason] = useState('')
  const [key] = useState(() => crypto.randomUUID())
  const remove = useMutation({
    mutationFn: () => call('support.issue.delete_attachment', { path: { id: issue, attachment: of.id }, query: { reason }, key }),
    onSuccess: () => {
      toast(shared.act.done(actOf('support.issue.delete_attachment'), name))
      void refresh('support.issue')
      close()
    },
  })
  return (
    <ModalOverlay className="overlay" isOpen isDismissable onOpenChange={(open) => open || close()}>
      <Modal className="dialog">
        <Dialog aria-label={texts.removeFile(name)} role="alertdialog">
          <form onSubmit={(event) => { event.preventDefault(); remove.mutate() }}>
            <h2>{texts.removeFile(name)}</h2>
            {remove.error && <p className="fault" role="alert">{remove.error.message}</p>}
            <p>{texts.removing}</p>
            {withReason && (
              <label className="field">
                <span className="label">{fieldOf('reason')}</span>
                <input autoFocus maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} />
              </label>
            )}
            <div className="row-end">
              <Button className="button" onPress={close}>{shared.act.cancel}</Button>
              <Button type="submit" className="button first" isDisabled={remove.isPending || (withReason && !reason.trim())}>{shared.act.remove}</Button>
            </div>
          </form>
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}
