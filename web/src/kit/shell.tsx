// What is around every page: the places one may go to, who one is, and how fresh everything is.
import { useQueryClient } from '@tanstack/react-query'
import { Link, Outlet, useNavigate } from '@tanstack/react-router'
import { CalendarDays, LayoutGrid, Search } from 'lucide-react'
import { useEffect, useState, useSyncExternalStore, type ReactNode } from 'react'
import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components'
import { call } from '../api/client'
import { connectionNow, follow, subscribe } from '../api/live'
import { may, useMe } from '../api/rights'
import { useWords } from '../words'
import { Palette } from './palette'
import { resources } from './resource'
import { Toasts } from './toast'
import { Avatar } from './value'

export function Shell() {
  const words = useWords()
  const me = useMe()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const [finding, setFinding] = useState(false)
  useEffect(() => {
    const gone = new AbortController()
    follow(queries, gone.signal)
    return () => gone.abort()
  }, [queries])
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.key !== 'k' || !(event.metaKey || event.ctrlKey)) return
      event.preventDefault()
      setFinding(true)
    }
    addEventListener('keydown', pressed)
    return () => removeEventListener('keydown', pressed)
  }, [])
  if (!me) return null
  const signOut = async () => {
    await call('identity.session.logout')
    queries.clear()
    void navigate({ to: '/sign-in' })
  }
  const places = resources().filter(({ topic }) => may(me.rights, `${topic}.list`))
  const inGroup = (group?: string) => places.filter((place) => place.group === group)
  return (
    <div className="shell">
      <a className="button skip" href="#content">{words.skip}</a>
      <div className="side">
        <div className="brand"><img src="/app/mark.svg" alt="" /> {words.product}</div>
        <Button className="search" onPress={() => setFinding(true)}><Search size={16} /> {words.palette.open} <kbd>⌘K</kbd></Button>
        <nav aria-label={words.palette.places}>
          {inGroup(undefined).map((place) => <Place key={place.topic} to={place.place} icon={<place.icon size={16} />}>{words.places[place.topic]}</Place>)}
          {(['business', 'clients', 'house'] as const).map((group) => (
            <div key={group} role="group" aria-labelledby={`group-${group}`} style={{ display: 'contents' }}>
              <h2 id={`group-${group}`}>{words.groups[group]}</h2>
              {group === 'business' && may(me.rights, 'scheduling.appointment.list') && <Place to="calendar" icon={<CalendarDays size={16} />}>{words.places.calendar}</Place>}
              {inGroup(group).map((place) => <Place key={place.topic} to={place.place} icon={<place.icon size={16} />}>{words.places[place.topic]}</Place>)}
              {group === 'house' && <Place to="all" icon={<LayoutGrid size={16} />}>{words.places.more}</Place>}
            </div>
          ))}
        </nav>
        <MenuTrigger>
          <Button className="whoami"><Avatar id={me.user} name={me.name ?? me.email ?? '?'} /><span>{me.name}<small className="hint">{me.email}</small></span></Button>
          <Popover className="popover" placement="top start">
            <Menu aria-label={me.name ?? words.theme.label} onAction={(key) => (key === 'out' ? void signOut() : paint(String(key)))}>
              <MenuItem id="light" className="menu-item">{words.theme.light}</MenuItem>
              <MenuItem id="dark" className="menu-item">{words.theme.dark}</MenuItem>
              <MenuItem id="system" className="menu-item">{words.theme.system}</MenuItem>
              <MenuItem id="out" className="menu-item">{words.signOut}</MenuItem>
            </Menu>
          </Popover>
        </MenuTrigger>
      </div>
      <main className="main" id="content"><Outlet /></main>
      {finding && <Palette close={() => setFinding(false)} />}
      <Toasts />
    </div>
  )
}

function Place({ to, icon, children }: { to: string; icon: ReactNode; children: ReactNode }) {
  return <Link to={`/${to}` as never}>{icon}{children}</Link>
}

/** The bar over a page. */
export function Top({ children }: { children: ReactNode }) {
  const words = useWords()
  const connection = useSyncExternalStore(subscribe, connectionNow)
  return (
    <header className="top">
      {children}
      <span className={`connection ${connection}`}>{words.live[connection]}</span>
    </header>
  )
}

function paint(theme: string) {
  if (theme === 'system') {
    localStorage.removeItem('theme')
    delete document.documentElement.dataset.theme
  } else {
    localStorage.setItem('theme', theme)
    document.documentElement.dataset.theme = theme
  }
}
