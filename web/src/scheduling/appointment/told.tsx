// Whether a customer is told of what is about to be done with their appointment, and how.
import { useQuery } from '@tanstack/react-query'
import type { Operation } from '../../api/client'
import { may, useMe } from '../../api/rights'
import { phone } from '../../kit/phone'
import { phrases } from '../../texts'
import { customerOf, type Appointment } from './queries'

const useTexts = phrases({
  en: { reads: 'The reason is in it.', mailed: (who: string) => `${who} is told by e-mail.`, call: (who: string, phone: string) => `${who} has no e-mail address here: call them at ${phone}.`, not: (who: string) => `${who} is not told: there is no e-mail address and no number.` },
  de: { reads: 'Der Grund steht darin.', mailed: (who) => `${who} erfährt es per E-Mail.`, call: (who, phone) => `${who} hat hier keine E-Mail-Adresse: bitte anrufen unter ${phone}.`, not: (who) => `${who} erfährt es nicht: Es gibt weder E-Mail-Adresse noch Nummer.` },
  ru: { reads: 'Причина будет в письме.', mailed: (who) => `${who}: сообщим по почте.`, call: (who, phone) => `${who}: адреса почты нет, позвоните: ${phone}.`, not: (who) => `${who}: сообщить нельзя — нет ни почты, ни телефона.` },
  fr: { reads: 'Le motif y figure.', mailed: (who) => `${who} : prévenu par e-mail.`, call: (who, phone) => `${who} : pas d’adresse e-mail, appelez le ${phone}.`, not: (who) => `${who} : pas prévenu, ni adresse e-mail ni numéro.` },
})

/** Nobody is told of what has begun, nor of a time that is past; `isPast`: whether it is to be at one; `reason`: whether they are told why. */
export function Told({ of: { customer, starts_at }, isPast, reason }: { of: Appointment; isPast?: boolean; reason?: boolean }) {
  const texts = useTexts()
  const me = useMe()
  const isTold = Boolean(customer) && !isPast && Date.parse(starts_at) > Date.now() && me !== undefined && may(me.rights, 'crm.customer.find')
  const { data } = useQuery({ ...customerOf(customer ?? ''), enabled: isTold })
  if (!isTold || !data?.display_name) return null
  const reach = (kind: string) => data.contact_points.find((point) => point.kind === kind)?.value
  const number = reach('phone')
  const [who, email] = [data.display_name, reach('email')]
  return <p className="hint">{email ? [texts.mailed(who), reason && texts.reads].filter(Boolean).join(' ') : number ? texts.call(who, phone(number)) : texts.not(who)}</p>
}

const TOLD = ['scheduling.appointment.cancel', 'scheduling.appointment.decline']

export const Hint = ({ name, row }: { name: Operation; row?: object }) => row && TOLD.includes(name) && <Told of={row as Appointment} reason />
