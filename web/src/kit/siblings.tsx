// Pages that belong together, as tabs of each other; those that may not be seen are left out.
import { Link, useLocation } from '@tanstack/react-router'
import { may, useMe } from '../api/rights'

interface Sibling {
  to: string
  name: string
  /** The operation that the page takes. */
  takes: string
}

export function Siblings({ label, of }: { label: string; of: Sibling[] }) {
  const me = useMe()
  const { pathname } = useLocation()
  const seen = of.filter(({ takes }) => me && may(me.rights, takes))
  // One alone leads nowhere.
  if (seen.length < 2) return null
  return (
    <nav className="tabs" aria-label={label}>
      {seen.map(({ to, name }) => (
        <Link key={to} to={`/${to}` as never} activeOptions={{ exact: true }} aria-current={pathname.endsWith(`/${to}`) ? 'true' : undefined}>{name}</Link>
      ))}
    </nav>
  )
}
