// Where one may go: what each place takes, so that it is there for whom it is worth it; its letter after
// `G`, and which of them are the tabs of a phone. Nothing here knows a role, only how far rights reach.
import {
  Activity, Armchair, Building2, CalendarCheck, CalendarDays, ChartColumn, CircleUserRound, Database, House, Inbox, KeyRound,
  LayoutGrid, LifeBuoy, Megaphone, MessageSquareWarning, Package, Scissors, ScrollText, Settings, ShieldCheck, ShoppingCart, Sun, UserRound, Users, type LucideIcon,
} from 'lucide-react'
import type { Me } from '../api/rights'
import type { Right } from '../api/generated/names'

type Rights = Partial<Record<Right, string>>

export interface Place {
  to: string
  /** Its name among the texts of places. */
  name: string
  icon: LucideIcon
  group: 'top' | 'business' | 'clients' | 'administration'
  letter?: string
  tab?: boolean
  there: (rights: Rights, me: Me) => boolean
}

const all = (scope?: string) => scope === 'all'
/** Of an organisation, but not of the whole business. */
export const client = (scope?: string) => scope === 'cabinet' || scope === 'subtree'
/** Of a client organisation, however little of it they may see. */
const member = ({ rights, memberships }: Me) => memberships.length > 0 && !all((rights as Rights).issues_read)
/** Whoever sees what was bought sees what is sold, also where they change nothing. */
const looks = (rights: Rights) => all(rights.purchases_read)

const places: Place[] = [
  { to: 'today', name: 'today', icon: Sun, group: 'top', letter: 't', tab: true, there: (r) => all(r.appointments_run) || all(r.licenses_manage) },
  { to: 'my-day', name: 'my-day', icon: CalendarCheck, group: 'top', there: (r) => all(r.appointments_run) && !all(r.users_manage) },
  { to: 'home', name: 'home', icon: House, group: 'top', letter: 'h', tab: true, there: (_, me) => member(me) },
  { to: 'my-appointments', name: 'my-appointments', icon: CalendarCheck, group: 'top', letter: 'a', tab: true, there: (r, { customer }) => r.appointments_read === 'own' && customer !== null },
  { to: 'data', name: 'data', icon: Database, group: 'top', letter: 'd', tab: true, there: (r) => r.replays !== undefined && !all(r.users_manage) },
  { to: 'inbox', name: 'notifications.notification', icon: Inbox, group: 'top', letter: 'i', there: (r) => r.notifications !== undefined },
  { to: 'calendar', name: 'calendar', icon: CalendarDays, group: 'business', letter: 'a', tab: true, there: (r) => all(r.appointments_run) },
  { to: 'customers', name: 'crm.customer', icon: Users, group: 'business', letter: 'c', tab: true, there: (r) => all(r.customers_read) },
  { to: 'appointments', name: 'scheduling.appointment', icon: CalendarCheck, group: 'business', there: (r) => all(r.appointments_read) },
  { to: 'services', name: 'scheduling.service', icon: Scissors, group: 'business', there: (r) => all(r.services_write) || looks(r) },
  { to: 'chairs', name: 'scheduling.resource', icon: Armchair, group: 'business', there: (r) => all(r.services_write) },
  { to: 'issues', name: 'support.issue', icon: LifeBuoy, group: 'clients', letter: 's', tab: true, there: (r) => all(r.issues_read) },
  { to: 'licenses', name: 'licensing.license', icon: KeyRound, group: 'clients', letter: 'l', tab: true, there: (r) => all(r.licenses_read) },
  { to: 'licenses', name: 'software', icon: KeyRound, group: 'clients', letter: 'l', tab: true, there: (r) => client(r.licenses_read) },
  { to: 'issues', name: 'requests', icon: LifeBuoy, group: 'clients', letter: 's', tab: true, there: (r, me) => client(r.issues_read) || (r.issues_read === 'own' && member(me)) },
  { to: 'organizations', name: 'organizations.cabinet', icon: Building2, group: 'clients', letter: 'o', tab: true, there: (r) => all(r.cabinets_read) || client(r.cabinets_read) },
  { to: 'products', name: 'catalog.product', icon: Package, group: 'clients', letter: 'p', there: (r) => all(r.products_write) || looks(r) },
  { to: 'purchases', name: 'purchasing.purchase', icon: ShoppingCart, group: 'clients', there: (r) => all(r.purchases_read) },
  { to: 'parked', name: 'purchasing.purchase_event', icon: MessageSquareWarning, group: 'clients', there: (r) => all(r.purchases_resolve) },
  { to: 'announcements', name: 'notifications.announcement', icon: Megaphone, group: 'administration', there: (r) => r.announcements !== undefined },
  { to: 'people', name: 'identity.user', icon: UserRound, group: 'administration', there: (r) => all(r.users_manage) },
  { to: 'access/applications', name: 'access', icon: ShieldCheck, group: 'administration', there: (r) => r.operations !== undefined },
  { to: 'access/service-accounts', name: 'access', icon: ShieldCheck, group: 'administration', there: (r) => r.operations === undefined && r.service_accounts !== undefined },
  { to: 'reports', name: 'reports', icon: ChartColumn, group: 'administration', there: (r) => all(r.appointments_run) || all(r.issues_read) || client(r.issues_read) },
  { to: 'data', name: 'data', icon: Database, group: 'administration', letter: 'd', there: (r) => r.replays !== undefined && all(r.users_manage) },
  { to: 'audit', name: 'platform.audit', icon: ScrollText, group: 'administration', there: (r) => all(r.audit) || client(r.audit) },
  { to: 'running', name: 'running', icon: Activity, group: 'administration', there: (r) => r.operations !== undefined },
  { to: 'settings', name: 'settings', icon: Settings, group: 'administration', there: (r) => all(r.settings) },
  { to: 'all', name: 'more', icon: LayoutGrid, group: 'administration', there: (r) => r.operations !== undefined },
]

export const account: Place = { to: 'me', name: 'me', icon: CircleUserRound, group: 'administration', letter: 'm', there: () => true }

/** The places of somebody who may do this; those without a page yet are left out. */
export const placesOf = (me: Me, pages: Set<string>) => places.filter(({ to, there }) => pages.has(`/${to}`) && there(me.rights as Rights, me))

/** The four tabs of a phone: what is most of the work, and the inbox last. */
export function tabsOf(places: Place[]): Place[] {
  const inbox = places.filter(({ to }) => to === 'inbox')
  return [...places.filter(({ tab }) => tab).slice(0, 4 - inbox.length), ...inbox]
}

/** Where somebody begins: the calendar for who runs it and nothing else, the desk for who answers. */
export function landing(places: Place[], { rights }: Me): string {
  const { appointments_run: runs, users_manage: manages, issues_work: answers } = rights as Rights
  const target = !manages && all(runs) ? 'calendar' : !manages && all(answers) ? 'issues' : undefined
  // Notices come from what one works on, and are no work of their own.
  const first = places.find(({ to }) => to !== 'inbox') ?? places[0]
  return places.some(({ to }) => to === target) ? target! : (first?.to ?? 'me')
}
