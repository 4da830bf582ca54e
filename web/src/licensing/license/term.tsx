// The term of a licence as a bar: what was and is paid for, the grace after it, and today.
import { Link } from '@tanstack/react-router'
import { RotateCw } from 'lucide-react'
import type { CSSProperties } from 'react'
import type { Row } from '../../api/client'
import { may, useMe } from '../../api/rights'
import { dayOf, useBusinessZone } from '../../kit/zone'
import { useFormats } from '../../texts'
import { useTexts } from './texts'
import './term.css'

const DAY = 86_400_000
/** How much of the bar is left after what is known. */
const TAIL = 1.12
/** From which part of the bar on the word for the grace fits. */
const WIDE = 0.1

export function Term({ row, at: moment }: { row: Row<'licensing.license'>; at?: string }) {
  const texts = useTexts()
  const formats = useFormats()
  const zone = useBusinessZone()
  const me = useMe()
  // Who cannot renew it may ask for it.
  const asks = !moment && row.ends_at !== null && row.status !== 'revoked' && me !== undefined && !may(me.rights, 'licensing.license.renew') && may(me.rights, 'support.issue.open')
  // A renewal makes the next term that of the licence; what runs before it belongs to the bar as well.
  const begins = row.terms[0]?.from ?? row.starts_at
  const start = Date.parse(begins)
  const end = row.ends_at ? Date.parse(row.ends_at) : undefined
  const today = moment ? Date.parse(moment) : Date.now()
  const graceEnd = end && end + (row.grace_days ?? 0) * DAY
  const span = Math.max(graceEnd ?? today, today) * TAIL - start * TAIL
  const at = (moment: number) => `${(Math.min(Math.max((moment - start) / span, 0), 1) * 100).toFixed(2)}%`
  const now = row.terms.find(({ from, until }) => Date.parse(from) <= today && (!until || today < Date.parse(until)))
  // By days of the business: what ends at midnight ends with the day before.
  const left = end === undefined ? undefined : end <= today ? -1 : (Date.parse(dayOf(new Date(end - 1), zone)) - Date.parse(dayOf(new Date(today), zone))) / DAY
  return (
    <section aria-label={texts.term}>
      <div className="section-head">
        <h2>{texts.term}</h2>
        {asks && <Link className="button" to={'/issues' as never} search={{ ask: row.id } as never}><RotateCw size={16} /> {texts.askRenewal}</Link>}
      </div>
      <div className="term" style={{ '--end': end ? at(end) : '100%', '--grace': graceEnd ? at(graceEnd) : '100%', '--today': at(today) } as CSSProperties}>
        <p>
          <strong>{formats.day(begins)} – {row.ends_at ? formats.lastDay(row.ends_at) : texts.noEnd}</strong>
          <span>{texts.seats(row.quantity)}{left !== undefined && ` · ${left < 0 ? texts.over : texts.left(left)}`}{now?.until && row.terms.length > 1 && ` · ${texts.runs(formats.day(now.from), formats.lastDay(now.until))}`}</span>
        </p>
        {row.terms.slice(1).map(({ from }) => <i key={from} className="renewed" style={{ '--at': at(Date.parse(from)) } as CSSProperties} />)}
        {graceEnd && end && (graceEnd - end) / span > WIDE && <span className="grace">{texts.grace}</span>}
        <span className="today">{moment ? formats.day(moment) : texts.today}</span>
      </div>
    </section>
  )
}
