// How one signs in: the password, an authenticator app with its recovery codes, passkeys.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from 'react-aria-components'
import { call, type Answer, type Operation } from '../../api/client'
import { Command } from '../../kit/command'
import { Skeleton, Trouble } from '../../kit/states'
import { toast } from '../../kit/toast'
import { actOf, fieldOf, useTexts } from '../../texts'
import { enrollPasskey, passkeysExist } from '../session/passkey'
import { useMeTexts } from './texts'

interface Act {
  name: Operation
  path?: Record<string, string>
}

type Enrolled = Answer<'identity.user.enroll_totp'>['data']

export function Security() {
  const texts = useTexts()
  const own = useMeTexts()
  const queries = useQueryClient()
  const [act, setAct] = useState<Act>()
  const [app, setApp] = useState<Enrolled>()
  const proofs = useQuery({ queryKey: ['identity.user', 'proofs'], queryFn: ({ signal }) => call('identity.user.proofs', { signal }) })
  const passkeys = useQuery({ queryKey: ['identity.passkey', 'list'], queryFn: ({ signal }) => call('identity.passkey.list', { signal }) })
  const refresh = () => void queries.invalidateQueries({ predicate: ({ queryKey: [topic] }) => topic === 'identity.user' || topic === 'identity.passkey' })
  const done = async (_: string, answer: Record<string, unknown>) => {
    if (act?.name === 'identity.user.enroll_totp') setApp(answer as unknown as Enrolled)
    if (act?.name === 'identity.user.enable_totp') setApp(undefined)
    if (act?.name === 'identity.passkey.begin') await enrollPasskey(answer as never).catch(() => toast(own.noServer, { bad: true }))
    refresh()
  }
  if (proofs.isPending || passkeys.isPending) return <Skeleton />
  if (proofs.isError) return <Trouble error={proofs.error} retry={refresh} />
  if (passkeys.isError) return <Trouble error={passkeys.error} retry={refresh} />
  const { totp, recovery_codes: left } = proofs.data.data
  const button = (name: Operation, path?: Record<string, string>) => <Button className="button" onPress={() => setAct({ name, path })}>{actOf(name)}</Button>
  return (
    <>
      <section aria-labelledby="password-title">
        <h2 id="password-title">{fieldOf('password')}</h2>
        <div className="line"><span>{own.passwordHint}</span><Button className="button" onPress={() => setAct({ name: 'identity.user.change_own' })}>{own.password}</Button></div>
      </section>
      <section aria-labelledby="totp">
        <h2 id="totp">{own.totp}</h2>
        <div className="line">
          <span>{totp ? own.on : own.off}{totp && <small>{own.codes(left)}</small>}</span>
          {totp ? <>{button('identity.user.regenerate_recovery_codes')}{button('identity.user.disable_totp')}</> : button('identity.user.enroll_totp')}
        </div>
        {app && (
          <>
            <p>{own.scan}</p>
            <img className="qr" src={`data:image/svg+xml,${encodeURIComponent(app.qr)}`} alt={own.qr} />
            <code className="secret">{app.secret.replace(/(.{4})/g, '$1 ')}</code>
            <div className="row-end"><a className="button" href={app.uri}>{own.openApp}</a>{button('identity.user.enable_totp')}</div>
          </>
        )}
      </section>
      <section aria-labelledby="passkeys">
        <h2 id="passkeys">{own.passkeys}</h2>
        <p>{own.passkeysHint}</p>
        <div>
          {passkeys.data.data.length === 0 && <div className="line"><span>{own.noPasskeys}</span></div>}
          {passkeys.data.data.map(({ key, name }) => (
            <div className="line" key={key}>
              <span>{name ?? texts.item.none}</span>
              {button('identity.passkey.remove', { key })}
            </div>
          ))}
        </div>
        {passkeysExist() && <div className="row-end"><Button className="button" onPress={() => setAct({ name: 'identity.passkey.begin' })}>{actOf('identity.passkey.enroll')}</Button></div>}
      </section>
      {act && <Command key={act.name} name={act.name} path={act.path} close={() => setAct(undefined)} done={(id, answer) => void done(id, answer)} />}
    </>
  )
}
