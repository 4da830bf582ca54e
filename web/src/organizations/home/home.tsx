// The home of a client organisation: what it has, what ends, what it asked, and who may in.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { CornerDownRight, LifeBuoy } from 'lucide-react'
import type { CSSProperties, ReactNode } from 'react'
import { may, useMe } from '../../api/rights'
import { dashboard } from '../../kit/dashboard'
import { client } from '../../kit/places'
import { Related, Section } from '../../kit/related'
import { useRows } from '../../kit/rows'
import { Heading } from '../../kit/states'
import { Top } from '../../kit/shell'
import { useFormats, useReader } from '../../texts'
import { Invite } from '../cabinet/people'
import { tree } from '../cabinet/tree'
import { useTexts } from '../cabinet/texts'
import './home.css'

const ALL = 200

export function Home() {
  const texts = useTexts()
  const formats = useFormats()
  const me = useMe()
  const { zone } = useReader()
  const figures = useQuery(dashboard(zone)).data
  if (!me) return null
  // Whose reach is their own alone sees what they asked, and nothing of what the organisation has.
  const sees = { licences: client(me.rights.licenses_read), organisations: client(me.rights.cabinets_read) }
  const mine = me.memberships.find(({ cabinet }) => cabinet === me.cabinet)
  const ending = figures?.licenses_ending
  const first = ending?.first[0]
  return (
    <>
      <Top>
        <div className="crumbs"><Heading>{mine?.name ?? texts.title}</Heading></div>
        <span className="grow" />
        {may(me.rights, 'support.issue.open') && <Link className="button first" to={'/issues' as never} search={{ ask: '' } as never}><LifeBuoy size={16} /> {texts.ask}</Link>}
      </Top>
      <div className="page home">
        {!mine && <p className="hint">{texts.noOrganisation}</p>}
        <dl className="figures">
          {sees.licences && <Figure name={texts.licences} value={figures?.licenses?.count} to="licenses" view="all" />}
          {sees.licences && (
            <Figure name={texts.ending} value={ending?.count} to="licenses" view="ending" bad={first !== undefined}>
              {first ? `${first.product_name ?? first.sku}, ${formats.lastDay(first.ends_at!)}` : texts.nothingEnds}
            </Figure>
          )}
          <Figure name={texts.open} value={figures?.issues_open?.count} to="issues" view="open">{figures?.issues_open?.first[0]?.title}</Figure>
        </dl>
        {sees.licences && <Related topic="licensing.license" by={{}} sort="ends_at" title={texts.software} note={({ ends_at, sku }) => `${sku} · ${ends_at ? texts.until(formats.lastDay(ends_at)) : texts.perpetual}`} />}
        <Related topic="support.issue" by={{ status: 'open' }} sort="-changed_at" title={texts.open} empty={texts.noRequests} note={({ changed_at }) => formats.ago(changed_at)} />
        {sees.organisations && <Cabinets />}
        <Related topic="notifications.notification" by={{ read: 'false' }} sort="-created_at" title={texts.notices} empty={texts.noNotices} note={({ created_at }) => formats.ago(created_at)} />
      </div>
    </>
  )
}

function Figure({ name, value, to, view, bad, children }: { name: string; value?: number; to: string; view?: string; bad?: boolean; children?: ReactNode }) {
  return (
    <div data-bad={bad || undefined}>
      <dt>{name}</dt>
      <dd><Link to={`/${to}` as never} search={{ view } as never}>{value ?? '…'}</Link></dd>
      {children && <dd>{children}</dd>}
    </div>
  )
}

/** The organisations one looks after, each with the way to let somebody in. */
function Cabinets() {
  const texts = useTexts()
  const me = useMe()
  const { list, rows } = useRows('organizations.cabinet', { sort: 'name', limit: ALL })
  if (!me || !may(me.rights, 'organizations.cabinet.list')) return null
  const invites = may(me.rights, 'organizations.invitation.send')
  return (
    <Section title={texts.organisations} more={list.hasNextPage && <Link className="quiet-link" to={'/organizations' as never}>{texts.all}</Link>}>
      <ul>
        {tree(rows).map(({ of: row, depth }) => (
          <li key={row.id} style={{ '--depth': depth } as CSSProperties}>
            <Link className="branch" to={`/organizations/${row.id}` as never}>
              {depth > 0 && <CornerDownRight size={14} aria-hidden="true" />}<strong>{row.name ?? '…'}</strong>
            </Link>
            {invites && <Invite cabinet={row} />}
          </li>
        ))}
      </ul>
    </Section>
  )
}
