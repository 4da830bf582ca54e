// Views of a list as tabs: which one it is is in the address.
import { Link } from '@tanstack/react-router'
import { useNarrowed } from './filters'
import './desk.css'

export interface Tab {
  /** What stands in the address; the first one needs nothing there. */
  view: string
  label: string
  count?: number
}

/** The one of the tabs that is looked at. */
export function useView(tabs: Tab[]): string | undefined {
  const [{ view }] = useNarrowed()
  return (tabs.find((tab) => tab.view === view) ?? tabs[0])?.view
}

export function Tabs({ label, tabs }: { label: string; tabs: Tab[] }) {
  const chosen = useView(tabs)
  return (
    <nav className="tabs" aria-label={label}>
      {tabs.map(({ view, label, count }, at) => (
        <Link key={view} to={'.' as never} activeOptions={{ exact: true, includeSearch: true }} search={((before: object) => ({ ...before, view: at === 0 ? undefined : view })) as never} aria-current={view === chosen ? 'true' : undefined} replace>
          {label}{count !== undefined && <small>{count}</small>}
        </Link>
      ))}
    </nav>
  )
}
