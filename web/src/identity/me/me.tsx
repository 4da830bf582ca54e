// One's own account: a page with a section for each thing that one may decide.
import { Link, useParams } from '@tanstack/react-router'
import { Top } from '../../kit/shell'
import { Heading } from '../../kit/states'
import { Appearance } from './appearance'
import { Applications } from './applications'
import { Profile } from './profile'
import { Security } from './security'
import { Sessions } from './sessions'
import { useMeTexts } from './texts'
import './me.css'

const sections = { profile: Profile, security: Security, sessions: Sessions, applications: Applications, appearance: Appearance }

export function Account() {
  const texts = useMeTexts()
  const { section = 'profile' } = useParams({ strict: false }) as { section?: string }
  const Section = sections[section as keyof typeof sections] ?? Profile
  return (
    <>
      <Top><div className="crumbs"><Heading key={section}>{texts.title}</Heading></div><span className="grow" /></Top>
      <div className="page me">
        <nav aria-label={texts.title}>
          {(Object.keys(sections) as (keyof typeof sections)[]).map((name) => (
            <Link key={name} className="goto" to={`/me/${name}` as never} data-status={Section === sections[name] ? 'active' : undefined}>{texts[name]}</Link>
          ))}
        </nav>
        <div><Section /></div>
      </div>
    </>
  )
}
