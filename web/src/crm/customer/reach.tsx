// How to reach a customer.
import { Mail, Phone } from 'lucide-react'
import type { Row } from '../../api/client'
import { contact } from '../../kit/phone'
import { useTexts } from './texts'

export function Reach({ of }: { of: Row<'crm.customer'> }) {
  const texts = useTexts()
  if (of.contact_points.length === 0) return texts.unreachable
  return of.contact_points.map(({ key, kind, value }) => (
    <a key={key} className="reach" href={`${kind === 'phone' ? 'tel' : 'mailto'}:${value}`}>
      {kind === 'phone' ? <Phone size={14} aria-hidden="true" /> : <Mail size={14} aria-hidden="true" />} {contact({ kind, value })}
    </a>
  ))
}
