// The files that go with what somebody writes.
import { Paperclip, X } from 'lucide-react'
import { useRef } from 'react'
import { Button } from 'react-aria-components'
import { bytes } from '../../kit/bytes'
import { useReader, useTexts as useSharedTexts } from '../../texts'
import { useTexts } from './texts'
import { ACCEPTED, type Uploads } from './uploads'
import './files.css'

/** What was chosen and how far it is, the button that chooses, and what may be chosen at all. */
export function Files({ of }: { of: Uploads }) {
  const texts = useTexts()
  const shared = useSharedTexts()
  const { locale } = useReader()
  const input = useRef<HTMLInputElement>(null)
  const take = (files: FileList) => {
    of.add(files)
    // So that the same file can be chosen again.
    input.current!.value = ''
  }
  return (
    <div className="uploads">
      {of.all.length > 0 && (
        <ul aria-label={texts.files}>
          {of.all.map((upload) => (
            <li key={upload.key}>
              <span><strong>{upload.name}</strong> <span className="hint">{bytes(upload.size, locale)}</span></span>
              <Button className="button quiet" aria-label={`${shared.act.remove}: ${upload.name}`} onPress={() => of.remove(upload)}><X size={16} /></Button>
              {upload.fault ? <span className="fault" role="alert">{upload.fault}</span> : !upload.id && <progress aria-label={upload.name} value={upload.share} />}
              {upload.waits && <span className="hint" role="status">{texts.waits}</span>}
            </li>
          ))}
        </ul>
      )}
      <div>
        <Button className="button quiet" onPress={() => input.current?.click()}><Paperclip size={16} /> {texts.attach}</Button>
        <input ref={input} type="file" multiple hidden accept={ACCEPTED} aria-label={texts.attach} onChange={(event) => take(event.target.files!)} />
        <span className="hint">{texts.limits}</span>
      </div>
    </div>
  )
}
