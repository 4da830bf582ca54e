// All addresses of the portal, and what is shown there.
import { type AnyRoute, createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Navigate, Outlet, redirect, useRouter } from '@tanstack/react-router'
import type { QueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { hasSession } from './api/client'
import { useLive, useReturns } from './api/live'
import { me, useMe } from './api/rights'
import { resources } from './kit/resource'
import { landing } from './kit/places'
import { Nowhere, Shell, usePlaces } from './kit/shell'
import { Pending, Trouble } from './kit/states'
import { Problem } from './api/problem'
import { Language, readLanguage } from './texts'
import { BookingAnywhere } from './scheduling/appointment/anywhere'
import './analytics/replay/resource'
import './catalog/product/resource'
import './crm/customer/resource'
import './documents/template/resource'
import './files/export/resource'
import './identity/access/resources'
import './identity/user/resource'
import './licensing/license/resource'
import './notifications/announcement/resource'
import './notifications/notification/resource'
import './organizations/cabinet/resource'
import './platform/business/resource'
import './purchasing/purchase/resource'
import './purchasing/purchase_event/resource'
import './scheduling/appointment/resource'
import './scheduling/resource/resource'
import './scheduling/service/resource'
import './support/issue/resource'

const Item = lazyRouteComponent(() => import('./kit/item'), 'Item')
const List = lazyRouteComponent(() => import('./kit/list'), 'List')

const root = createRootRouteWithContext<{ queries: QueryClient }>()({ component: Outlet })

const signIn = createRoute({ getParentRoute: () => root, path: '/sign-in', component: lazyRouteComponent(() => import('./identity/session/sign-in'), 'SignIn') })

const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  beforeLoad: async ({ context: { queries }, location }) => {
    const away = redirect({ to: '/sign-in', search: { to: location.href } as never })
    if (!hasSession()) throw away
    try {
      await queries.ensureQueryData(me)
    } catch (error) {
      if (error instanceof Problem && error.status === 401) throw away
      throw error
    }
  },
  // While the page itself is loaded; what waited for the texts only when it is drawn, React would hold back for 300 ms.
  loader: ({ context: { queries } }) => readLanguage(queries.getQueryData(me.queryKey)?.language ?? undefined),
  component: () => {
    const account = useMe()
    return <Language language={account?.language ?? undefined} zone={account?.zone ?? undefined} businessZone={account?.business?.zone}><Shell /><BookingAnywhere /></Language>
  },
  errorComponent: (failure) => <Language><Unreached {...failure} /></Language>,
})

const home = createRoute({
  getParentRoute: () => inside,
  path: '/',
  component: Landing,
})

function Landing() {
  const account = useMe()
  const places = usePlaces()
  return account && <Navigate to={`/${landing(places, account)}` as never} replace />
}

const calendar = createRoute({
  getParentRoute: () => inside,
  path: '/calendar',
  component: lazyRouteComponent(() => import('./scheduling/appointment/calendar'), 'Calendar'),
})

const today = createRoute({
  getParentRoute: () => inside,
  path: '/today',
  // What is on it comes while it is drawn; whoever only points at it may not go there.
  loader: ({ preload, context: { queries } }) => preload ? undefined : void import('./today/queries').then(({ askAhead }) => askAhead(queries), () => {}),
  component: lazyRouteComponent(() => import('./today/today'), 'Today'),
})

const myDay = createRoute({
  getParentRoute: () => inside,
  path: '/my-day',
  component: lazyRouteComponent(() => import('./scheduling/appointment/my-day'), 'MyDay'),
})

const myAppointments = createRoute({
  getParentRoute: () => inside,
  path: '/my-appointments',
  component: lazyRouteComponent(() => import('./scheduling/appointment/my-appointments'), 'MyAppointments'),
})

const clientHome = createRoute({
  getParentRoute: () => inside,
  path: '/home',
  component: lazyRouteComponent(() => import('./organizations/home/home'), 'Home'),
})

const pages = resources().flatMap((resource): AnyRoute[] => {
  const { whole, list, item } = resource.pages ?? {}
  if (whole) {
    const route = createRoute({ getParentRoute: () => inside, path: `/${resource.place}`, component: whole })
    return [route.addChildren([createRoute({ getParentRoute: () => route, path: '/$id' })])]
  }
  return [
    createRoute({ getParentRoute: () => inside, path: `/${resource.place}`, component: list ?? (() => <List resource={resource} />) }),
    createRoute({ getParentRoute: () => inside, path: `/${resource.place}/$id`, component: item ?? (() => <Item resource={resource} />) }),
  ]
})

/** One's own account. */
const accounts = ['/me', '/me/$section'].map((path) =>
  createRoute({ getParentRoute: () => inside, path, component: lazyRouteComponent(() => import('./identity/me/me'), 'Account') }),
)

const administration = [
  createRoute({ getParentRoute: () => inside, path: '/audit', component: lazyRouteComponent(() => import('./platform/audit'), 'Audit') }),
  createRoute({ getParentRoute: () => inside, path: '/audit/refusals', component: lazyRouteComponent(() => import('./platform/refusals'), 'Refusals') }),
  createRoute({ getParentRoute: () => inside, path: '/audit/exports', component: lazyRouteComponent(() => import('./platform/exports'), 'TakenAway') }),
  createRoute({ getParentRoute: () => inside, path: '/usage', component: lazyRouteComponent(() => import('./platform/usage'), 'Usage') }),
  createRoute({ getParentRoute: () => inside, path: '/running', component: lazyRouteComponent(() => import('./platform/running'), 'Running') }),
]

/** The first of the pages about getting in that somebody may see. */
const access = createRoute({ getParentRoute: () => inside, path: '/access', component: Access })

function Access() {
  const first = usePlaces().find(({ name }) => name === 'access')
  return first ? <Navigate to={`/${first.to}` as never} replace /> : <Nowhere />
}

const reports = [
  createRoute({ getParentRoute: () => inside, path: '/reports', component: lazyRouteComponent(() => import('./reports/reports'), 'Reports') }),
  createRoute({ getParentRoute: () => inside, path: '/reports/$report', component: lazyRouteComponent(() => import('./reports/report'), 'Report') }),
]

const data = [
  createRoute({ getParentRoute: () => inside, path: '/data', component: lazyRouteComponent(() => import('./analytics/data'), 'Data') }),
  createRoute({ getParentRoute: () => inside, path: '/data/views', component: lazyRouteComponent(() => import('./analytics/views'), 'Views') }),
  createRoute({ getParentRoute: () => inside, path: '/data/views/$id', component: lazyRouteComponent(() => import('./analytics/views'), 'ViewPage') }),
]

/** What nobody drew yet is shown from its contract. */
const consoles = [
  createRoute({ getParentRoute: () => inside, path: '/all', component: lazyRouteComponent(() => import('./kit/console'), 'Everything') }),
  createRoute({ getParentRoute: () => inside, path: '/all/$topic', component: lazyRouteComponent(() => import('./kit/console'), 'ListOf') }),
  createRoute({ getParentRoute: () => inside, path: '/all/$topic/$id', component: lazyRouteComponent(() => import('./kit/console'), 'ItemOf') }),
]

/** No page has this address. */
const nowhere = createRoute({ getParentRoute: () => inside, path: '$', component: Nowhere })

/** A page that fails: what is around it stays. When the server is back it is asked for again, and parts of the portal that lack are loaded. */
function Failed({ error }: { error: unknown }) {
  const router = useRouter()
  const returns = useReturns()
  const before = useRef(returns)
  const isAnswer = error instanceof Problem
  const again = () => (isAnswer ? void router.invalidate() : location.reload())
  useEffect(() => {
    // Whoever has only just come would load what lacks for ever.
    if (returns > before.current && (isAnswer || returns > 0)) again()
  }, [returns])
  return <div className="page"><Trouble error={error} retry={again} /></div>
}

/** Of who is signed in nothing is known, so there is nothing around it. */
function Unreached(failure: { error: unknown }) {
  useLive()
  return <main><Failed {...failure} /></main>
}

export const makeRouter = (queries: QueryClient) =>
  createRouter({
    routeTree: root.addChildren([
      signIn,
      inside.addChildren([
        home, calendar, today, myDay, myAppointments, clientHome,
        ...pages, ...accounts, ...administration, access, ...reports, ...data, ...consoles, nowhere,
      ]),
    ]),
    basepath: '/app',
    context: { queries },
    defaultPreload: 'intent',
    defaultErrorComponent: Failed,
    defaultPendingComponent: Pending,
    defaultPendingMs: 300,
    // What has come is shown at once; React itself sees to it that nothing flashes.
    defaultPendingMinMs: 0,
  })
