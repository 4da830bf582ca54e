// Pages that belong together, as tabs of each other; those that may not be seen are left out.
import { Link, useLocation } from '@tanstack/react-router'
import { may, useMe } from '../api/rights'
import { useTexts } from '../texts'
import { resourceOf } from './resource'

export interface Sibling {
  to: string
  /** What it is called, if it has no name among the texts of places. */
  name: string
  /** The operation that the page takes. */
  takes: string
}

/** Those of topics are named by them. */
export function Siblings({ label, of }: { label: string; of: readonly (string | Sibling)[] }) {
  const { places } = useTexts()
  const me = useMe()
  const { pathname } = useLocation()
  const pages = of.map((one) => (typeof one === 'string' ? { to: resourceOf(one)!.place, name: one, takes: `${one}.list` } : one))
  const seen = pages.filter(({ takes }) => me && may(me.rights, takes))
  // One alone leads nowhere.
  if (seen.length < 2) return null
  return (
    <nav className="tabs" aria-label={label}>
      {seen.map(({ to, name }) => (
        <Link key={to} to={`/${to}` as never} activeOptions={{ exact: true }} aria-current={pathname.endsWith(`/${to}`) ? 'true' : undefined}>{places[name] ?? name}</Link>
      ))}
    </nav>
  )
}
