// The way in: mail and password, a second factor where the account asks for one, a passkey, or the provider of an organisation.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Eye, EyeOff } from 'lucide-react'
import { useDeferredValue, useEffect, useEffectEvent, useRef, useState } from 'react'
import { Button } from 'react-aria-components'
import { call } from '../../api/client'
import { Problem } from '../../api/problem'
import { me } from '../../api/rights'
import { Heading } from '../../kit/states'
import { Language, useTexts } from '../../texts'
import { Demonstration } from './demonstration'
import { passkeysExist, signInWithPasskey } from './passkey'
import { useSignInTexts } from './texts'
import './sign-in.css'

export function SignIn() {
  return <Language><Page /></Language>
}

function Page() {
  const texts = useTexts()
  const own = useSignInTexts()
  return (
    <main className="sign-in">
      <div className="sign-in-way">
        <Form />
        <Demonstration />
      </div>
      <div className="sign-in-side" aria-hidden="true">
        <ol>{own.record.map((entry, at) => <li key={entry}><span>{texts.item.record(84 + at)}</span> {entry}</li>)}</ol>
        <p>{own.motto}</p>
      </div>
    </main>
  )
}

/** What is asked for: the first factor, or one of the two kinds of the second. */
type Step = 'password' | 'code' | 'recovery'

function Form() {
  const texts = useTexts()
  const own = useSignInTexts()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const { to } = useSearch({ strict: false }) as { to?: string }
  const form = useRef<HTMLFormElement>(null)
  const [login, setLogin] = useState('')
  const domain = useDeferredValue(/@([^@\s]+\.[^@\s.]{2,})$/.exec(login.trim())?.[1] ?? '')
  const providers = useQuery({ queryKey: ['identity.provider', 'of', domain], queryFn: async ({ signal }) => (await call('identity.provider.list_enabled', { query: { domain }, signal })).data, enabled: domain !== '' }).data ?? []
  const [step, setStep] = useState<Step>('password')
  const [fault, setFault] = useState('')
  const [note, setNote] = useState('')
  const [seen, setSeen] = useState(false)
  const [pending, setPending] = useState(false)
  const welcome = async () => {
    await queries.fetchQuery({ ...me, staleTime: 0 })
    // Whoever was sent here from a page goes back to it.
    await navigate({ to: to?.startsWith('/') && !to.startsWith('//') ? to : '/' } as never)
  }
  const showProblem = (error: unknown) => {
    if (!(error instanceof Problem)) return setFault(texts.problem.unknown)
    if (error.code === 'mfa_required' && step === 'password') setStep('code')
    else setFault(error.detail.charAt(0).toUpperCase() + error.detail.slice(1))
  }
  const enter = async () => {
    const fields = new FormData(form.current!)
    setFault('')
    setPending(true)
    await call('identity.session.login', { body: { login: fields.get('login'), password: fields.get('password'), code: fields.get('code') || undefined } }).then(welcome).catch(showProblem)
    setPending(false)
  }
  const passkey = () => {
    setFault('')
    signInWithPasskey().then(welcome).catch((error: unknown) => (error instanceof Problem ? showProblem(error) : setFault(own.noPasskey)))
  }
  const forgotten = async () => {
    const login = `${new FormData(form.current!).get('login') ?? ''}`
    if (!login) return setFault(own.mail)
    setFault('')
    await call('identity.user.forgot', { body: { login } }).then(() => setNote(own.sent(login))).catch(showProblem)
  }
  // A passkey is among what the browser fills in, where it may keep one for this server.
  const fillIn = useEffectEvent((signal: AbortSignal) => signInWithPasskey('conditional', signal).then(welcome).catch(() => {}))
  useEffect(() => {
    const gone = new AbortController()
    if (location.protocol === 'https:' && passkeysExist()) {
      void PublicKeyCredential.isConditionalMediationAvailable().then((available) => { if (available && !gone.signal.aborted) void fillIn(gone.signal) })
    }
    return () => gone.abort()
  }, [])
  const first = step === 'password'
  return (
    <form ref={form} onSubmit={(event) => { event.preventDefault(); void enter() }}>
      <img src="/app/mark.svg" alt="" width="36" height="36" />
      <Heading>{own.title}</Heading>
      <label className="field" hidden={!first}><span className="label">{own.login}</span><input name="login" type="email" autoComplete="username webauthn" required value={login} onChange={(event) => setLogin(event.target.value)} /></label>
      <div className="field" hidden={!first}>
        <label className="label" htmlFor="password">{own.password}</label>
        <span className="password">
          <input id="password" name="password" type={seen ? 'text' : 'password'} autoComplete="current-password" required />
          <Button aria-label={seen ? own.hide : own.show} onPress={() => setSeen(!seen)}>{seen ? <EyeOff size={16} /> : <Eye size={16} />}</Button>
        </span>
      </div>
      {!first && (
        <label className="field" key={step}>
          <span className="label">{step === 'code' ? own.code : own.recoveryCode}</span>
          <input name="code" inputMode={step === 'code' ? 'numeric' : 'text'} autoComplete={step === 'code' ? 'one-time-code' : 'off'} required autoFocus />
          <span className="hint">{own.secondFactor}</span>
        </label>
      )}
      {fault && <p className="fault" role="alert">{fault}</p>}
      {note && <p className="note" role="status">{note}</p>}
      <Button type="submit" className="button first" isDisabled={pending}>{own.submit}</Button>
      {first ? (
        <>
          {passkeysExist() && <Button className="button" onPress={passkey}>{own.passkey}</Button>}
          {providers.map(({ name, sign_in: address }) => <a key={address} className="button" href={`${address}?${new URLSearchParams({ to: to ?? '/' })}`}>{own.provider(name)}</a>)}
          <p>{own.forgotten} <Button className="link" onPress={() => void forgotten()}>{own.reset}</Button></p>
        </>
      ) : (
        <p className="ways">
          <Button className="link" onPress={() => setStep(step === 'code' ? 'recovery' : 'code')}>{step === 'code' ? own.recovery : own.app}</Button>
          <Button className="link" onPress={() => { setStep('password'); setFault('') }}>{own.other}</Button>
        </p>
      )}
    </form>
  )
}
