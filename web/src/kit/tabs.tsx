// Views of a list as tabs: which one it is is in the address.
import { Link } from '@tanstack/react-router'
import { useNarrowed } from './filters'

export interface Tab {
  /** What stands in the address; the first one needs nothing there. */
  view: string
  label: string
  count?: number
  /** All that the address says, where a tab is more than a view. */
  search?: Record<string, string>
}

/** The one of the tabs that is looked at. */
export function useView(tabs: Tab[]): string | undefined {
  const [{ view }] = useNarrowed()
  return (tabs.find((tab) => tab.view === view) ?? tabs[0])?.view
}

/** `open`: the one that is looked at, if the address does not name it by its view. The others leave all that it says. */
export function Tabs({ label, tabs, open }: { label: string; tabs: Tab[]; open?: string }) {
  const view = useView(tabs)
  const chosen = open ?? view
  return (
    <nav className="tabs" aria-label={label}>
      {tabs.map(({ view, label, count, search }, at) => (
        <Link key={view} to={'.' as never} activeOptions={{ exact: true, includeSearch: true }} search={(search ?? ((before: object) => ({ ...(open === undefined && before), view: at === 0 ? undefined : view }))) as never} aria-current={view === chosen ? 'true' : undefined} replace>
          {label}{count !== undefined && <small>{count}</small>}
        </Link>
      ))}
    </nav>
  )
}
