// What the business's page says besides its facts: its homepage in each language, and when it is open.
import { ExternalLink } from 'lucide-react'
import type { CSSProperties } from 'react'
import type { Row } from '../../api/client'
import { Section } from '../../kit/related'
import { Value } from '../../kit/value'
import { Why } from '../../kit/why'
import { fieldOf, useReader, labelOf } from '../../texts'
import { weekday } from '../../texts/weekday'
import { useTexts } from './texts'
import './business.css'

type Business = Row<'platform.business'>
const why = (row: Business, field: string) => <Why topic="platform.business" id={row.id} field={field} />

export function Homepage() {
  return <a className="quiet-link" href="/"><ExternalLink size={14} aria-hidden="true" />&nbsp;{useTexts().open}</a>
}

export const Languages = ({ of }: { of: Business['languages'] }) => of.map(labelOf).join(', ')

export function Accent({ of }: { of: Business['accent'] }) {
  if (!of) return <Value of={of} />
  return (
    <ul className="swatches">
      {([['light', of.light], ['dark', of.dark]] as const).map(([ground, colour]) => (
        <li key={ground}><i style={{ '--colour': colour } as CSSProperties} /> <code>{colour}</code> <span className="hint">{fieldOf(ground)}</span></li>
      ))}
    </ul>
  )
}

export function Texts({ row }: { row: Business }) {
  const texts = useTexts()
  // The languages of the pages first, in their order.
  const languages = row.languages.filter((language) => row.texts?.[language])
  return (
    <Section title={texts.texts} more={why(row, 'texts')}>
      {languages.length === 0 && <p className="hint">{texts.noTexts}</p>}
      <ul className="texts">
        {languages.map((language) => {
          const { headline, about } = row.texts![language]!
          return <li key={language}><div lang={language}><small>{labelOf(language)}</small>{headline && <strong>{headline}</strong>}<p>{about}</p></div></li>
        })}
      </ul>
    </Section>
  )
}

export function Open({ row }: { row: Business }) {
  const texts = useTexts()
  const { locale } = useReader()
  const clock = (time: string) => new Intl.DateTimeFormat(locale, { timeStyle: 'short', timeZone: 'UTC' }).format(new Date(`2000-01-01T${time}Z`))
  const hours = row.hours ?? []
  return (
    <Section title={texts.hours} more={why(row, 'hours')}>
      {hours.length === 0 && <p className="hint">{texts.noHours}</p>}
      <dl className="opening">
        {hours.map(({ day, from, until }) => <div key={`${day} ${from}`}><dt>{weekday(day, locale)}</dt><dd>{clock(from)} – {clock(until)}</dd></div>)}
      </dl>
    </Section>
  )
}
