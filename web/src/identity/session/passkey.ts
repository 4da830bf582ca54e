// Passkeys: what `navigator.credentials` is asked, and what it answered.
import { call } from '../../api/client'

interface Begun {
  ceremony: string
  options: { publicKey: PublicKeyCredentialRequestOptionsJSON & PublicKeyCredentialCreationOptionsJSON }
}

export const passkeysExist = () => typeof PublicKeyCredential === 'function' && 'parseRequestOptionsFromJSON' in PublicKeyCredential

/** Signs in with a passkey; `conditional` waits until one is chosen from what the browser fills in. */
export async function signInWithPasskey(mediation?: CredentialMediationRequirement, signal?: AbortSignal) {
  const { ceremony, options } = (await call('identity.passkey.challenge')).data as unknown as Begun
  const found = await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options.publicKey), mediation, signal })
  if (!(found instanceof PublicKeyCredential)) throw new DOMException('', 'NotAllowedError')
  await call('identity.passkey.login', { body: { ceremony, credential: found.toJSON() } })
}

/** Makes a passkey on this device, for what was begun. */
export async function enrollPasskey({ ceremony, options }: Begun) {
  const made = await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options.publicKey) })
  if (!(made instanceof PublicKeyCredential)) throw new DOMException('', 'NotAllowedError')
  await call('identity.passkey.enroll', { body: { ceremony, credential: made.toJSON() } })
}
