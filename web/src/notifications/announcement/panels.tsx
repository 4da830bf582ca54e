// What an announcement says, in each of its languages.
import type { Row } from '../../api/client'
import { Section } from '../../kit/related'
import { fieldOf, labelOf } from '../../texts'
import './announcement.css'

export function Texts({ row }: { row: Row<'notifications.announcement'> }) {
  return (
    <Section title={fieldOf('texts')}>
      <ul className="announced">
        {Object.entries(row.texts).map(([language, { title, text }]) => (
          <li key={language} lang={language}><small>{labelOf(language)}</small><strong>{title}</strong><p>{text}</p></li>
        ))}
      </ul>
    </Section>
  )
}
