// One's own account: a page with a section for each thing that one may decide.
import { Link, useParams } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { may, useMe } from '../../api/rights'
import { Top } from '../../kit/shell'
import { Heading, Skeleton } from '../../kit/states'
import { Appearance } from './appearance'
import { Applications } from './applications'
import { Profile } from './profile'
import { Security } from './security'
import { Sessions } from './sessions'
import { useMeTexts } from './texts'
import './me.css'

const Made = lazy(async () => ({ default: (await import('../../kit/exports/exports')).Exports }))
const Saved = lazy(async () => ({ default: (await import('../../kit/exports/saved')).Saved }))

/** What one asked for, and what one is sent again and again. */
const Exports = () => <><Saved /><Made /></>

const sections = { profile: Profile, security: Security, sessions: Sessions, applications: Applications, exports: Exports, appearance: Appearance }

export function Account() {
  const texts = useMeTexts()
  const { section = 'profile' } = useParams({ strict: false }) as { section?: string }
  const Section = sections[section as keyof typeof sections] ?? Profile
  const me = useMe()
  const names = (Object.keys(sections) as (keyof typeof sections)[]).filter((name) => name !== 'exports' || (me && may(me.rights, 'files.export.list')))
  return (
    <>
      <Top><div className="crumbs"><Heading key={section}>{texts.title}</Heading></div><span className="grow" /></Top>
      <div className="page me">
        <nav aria-label={texts.title}>
          {names.map((name) => (
            <Link key={name} className="goto" to={`/me/${name}` as never} data-status={Section === sections[name] ? 'active' : undefined}>{texts[name]}</Link>
          ))}
        </nav>
        <div><Suspense fallback={<Skeleton />}><Section /></Suspense></div>
      </div>
    </>
  )
}
