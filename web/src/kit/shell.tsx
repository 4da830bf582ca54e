// What is around every page: the places one may go to, who one is, and how fresh everything is.
import { Link, Outlet, useLocation, useNavigate, useRouter } from '@tanstack/react-router'
import { Menu as MenuIcon, Search } from 'lucide-react'
import { lazy, Suspense, useEffect, useState, type ReactNode } from 'react'
import { Button, Dialog, Modal, ModalOverlay } from 'react-aria-components'
import { useActing } from '../api/acting'
import { useConnection, useLive } from '../api/live'
import { useMe } from '../api/rights'
import { useSilence } from '../api/waiting'
import { useFormats, useTexts } from '../texts'
import { Acting } from './acting'
import { chord, useKeys, useKeysAfter } from './keys'
import { useLook } from './preferences'
import { account, placesOf, tabsOf, type Place } from './places'
import { Heading, Pending } from './states'
import { useUnread } from './unread'
import { Toasts, undoLast } from './toast'
import { Whoami } from './whoami'
// Tables, filters, tabs and the signs of keys are on every page, not on lists alone.
import './list.css'
import './shell.css'

const Palette = lazy(async () => ({ default: (await import('./palette')).Palette }))
const Shortcuts = lazy(async () => ({ default: (await import('./shortcuts')).Shortcuts }))

/** The places of who is signed in, as far as they have pages. */
export function usePlaces(): Place[] {
  const me = useMe()
  const router = useRouter()
  return me ? placesOf(me, new Set(Object.keys(router.routesByPath))) : []
}

/** Pages that gather what one may see: of who may see nothing of it they would say nothing. */
const GATHERED = ['today', 'home', 'calendar', 'my-day', 'organizations', 'data']

type Open = 'palette' | 'keys' | 'menu'

export function Shell() {
  const texts = useTexts()
  const navigate = useNavigate()
  const me = useMe()
  const acting = useActing()
  const places = usePlaces()
  const [open, setOpen] = useState<Open>()
  const pathname = useLocation({ select: (at) => at.pathname })
  const barred = GATHERED.some((to) => pathname === `/${to}` && !places.some((place) => place.to === to))
  useLook()
  useLive()
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.key !== 'k' || !(event.metaKey || event.ctrlKey)) return
      event.preventDefault()
      setOpen('palette')
    }
    addEventListener('keydown', pressed)
    return () => removeEventListener('keydown', pressed)
  }, [])
  useKeys({ '?': () => setOpen('keys'), u: undoLast }, 'shell')
  const go = (to: string) => () => void navigate({ to: `/${to}` } as never)
  useKeysAfter('g', Object.fromEntries([...places, account].filter(({ letter }) => letter).map(({ letter, to }) => [letter!, go(to)])))
  const close = () => setOpen(undefined)
  return (
    <div className="shell" data-acting={acting ? '' : undefined}>
      <a className="button skip" href="#content">{texts.skip}</a>
      <header className="side">
        <div className="brand"><img src="/app/mark.svg" alt="" /> {texts.product}</div>
        <SearchButton open={() => setOpen('palette')} />
        <nav aria-label={texts.palette.places}><Places of={places} /></nav>
        <Whoami />
      </header>
      <main className="main" id="content">
        {me?.demonstration && <p className="demonstration">{texts.demonstration}</p>}
        {acting && <Acting as={acting} />}
        <Silence />
        <Suspense fallback={<Pending />}>{barred ? <Barred /> : <Outlet />}</Suspense>
      </main>
      <nav className="bottom" aria-label={texts.nav.menu}>
        {tabsOf(places).map((place) => <Entry key={place.to} of={place} />)}
        <Button className="tab" onPress={() => setOpen('menu')}><MenuIcon size={20} aria-hidden="true" />{texts.nav.more}</Button>
      </nav>
      {open === 'menu' && (
        <ModalOverlay className="overlay" isOpen isDismissable onOpenChange={close}>
          <Modal className="dialog sheet">
            <Dialog aria-label={texts.nav.menu}>
              <SearchButton open={() => setOpen('palette')} />
              <nav aria-label={texts.palette.places} onClick={close}><Places of={places} /><Entry of={account} /></nav>
            </Dialog>
          </Modal>
        </ModalOverlay>
      )}
      {open === 'palette' && <Suspense><Palette close={close} /></Suspense>}
      {open === 'keys' && <Suspense><Shortcuts places={places} close={close} /></Suspense>}
      <Toasts />
    </div>
  )
}

function SearchButton({ open }: { open: () => void }) {
  const texts = useTexts()
  return <Button className="search" onPress={open}><Search size={16} /> <span>{texts.palette.open}</span> <kbd>{chord('K')}</kbd></Button>
}

function Places({ of }: { of: Place[] }) {
  const texts = useTexts()
  return (['top', 'business', 'clients', 'administration'] as const).map((group) => {
    const found = of.filter((place) => place.group === group)
    if (found.length === 0) return null
    return (
      <ul key={group} aria-label={group === 'top' ? texts.palette.places : texts.groups[group]}>
        {group !== 'top' && <li className="group" aria-hidden="true">{texts.groups[group]}</li>}
        {found.map((place) => <li key={place.to}><Entry of={place} /></li>)}
      </ul>
    )
  })
}

function Entry({ of: { to, name, icon: Icon } }: { of: Place }) {
  const texts = useTexts()
  return <Link className="goto" to={`/${to}` as never}><Icon size={16} aria-hidden="true" /><span>{texts.places[name]}</span>{to === 'inbox' && <Unread />}</Link>
}

/** How many notices wait, here and on the icon of an installed portal. */
function Unread() {
  const unread = useUnread()
  useEffect(() => {
    void (unread ? navigator.setAppBadge?.(unread) : navigator.clearAppBadge?.())?.catch(() => {})
  }, [unread])
  return unread > 0 && <small className="unread">{unread}</small>
}

/** That what was asked for does not come: what is on the screen may be old, or not done yet. */
function Silence() {
  const texts = useTexts()
  const { time } = useFormats()
  const since = useSilence()
  return <div role="status">{since && <p className="silence">{texts.live.silent(time(since))}</p>}</div>
}

function Barred() {
  const { problem } = useTexts()
  return <Without title={problem.forbidden} why={problem.ask} />
}

/** No page has this address. */
export function Nowhere() {
  const { problem } = useTexts()
  return <Without title={problem.nowhere} why={problem.notFound} />
}

function Without({ title, why }: { title: string; why: string }) {
  return (
    <>
      <Top><div className="crumbs"><Heading>{title}</Heading></div><span className="grow" /></Top>
      <div className="page"><p>{why}</p></div>
    </>
  )
}

/** The bar over a page. */
export function Top({ children }: { children: ReactNode }) {
  const texts = useTexts()
  const live = useConnection()
  const connection = useSilence() && live === 'live' ? 'late' : live
  return (
    <header className="top">
      {children}
      <span className={`connection ${connection}`}><span>{texts.live[connection]}</span></span>
    </header>
  )
}
