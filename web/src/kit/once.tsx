// What an answer shows only once: secrets, keys, recovery codes. The way out is to have kept it.
import { Printer } from 'lucide-react'
import { Button } from 'react-aria-components'
import { fieldOf, useTexts } from '../texts'
import { Copy } from './copy'

export interface Secret {
  name: string
  value: string
}

const SHOWN_ONCE = ['client_id', 'client_secret', 'secret', 'recovery_codes']

/** What of an answer is told now and never again. What an authenticator app is told has its own page. */
export function secretsOf(answer: Record<string, unknown> | undefined): Secret[] {
  if (!answer || 'uri' in answer || !SHOWN_ONCE.slice(1).some((name) => answer[name])) return []
  return SHOWN_ONCE.filter((name) => answer[name]).map((name) => ({ name, value: [answer[name]].flat().join('\n') }))
}

export function Once({ title, of, close }: { title: string; of: Secret[]; close: () => void }) {
  const texts = useTexts()
  return (
    <div className="once">
      <h2>{title}</h2>
      <p>{texts.once.hint}</p>
      {of.map(({ name, value }) => <div key={name}><span className="hint">{fieldOf(name)}</span><pre>{value}</pre></div>)}
      <div className="row-end">
        <Button className="button" onPress={() => print()}><Printer size={16} /> {texts.once.print}</Button>
        <Copy text={of.map(({ value }) => value).join('\n')} />
        <Button className="button first" onPress={close}>{texts.once.kept}</Button>
      </div>
    </div>
  )
}
