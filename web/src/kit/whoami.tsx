// Who is signed in, in which organisation they act, and the way out.
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Button, Header, Menu, MenuItem, MenuSection, MenuTrigger, Popover } from 'react-aria-components'
import { call, renewed } from '../api/client'
import { useMe } from '../api/rights'
import { useTexts, labelOf } from '../texts'
import { forget } from './leave'
import { Avatar } from './value'

export function Whoami() {
  const texts = useTexts()
  const me = useMe()
  const queries = useQueryClient()
  const navigate = useNavigate()
  if (!me) return null
  const name = me.name ?? me.email ?? '…'
  const signOut = async () => {
    await call('identity.session.logout')
    forget(queries)
    void navigate({ to: '/sign-in' })
  }
  const choose = async (cabinet: string) => {
    await call('organizations.membership.choose', { body: { cabinet } })
    // Only a new token acts there.
    await renewed()
    await queries.resetQueries()
  }
  const acts = (key: string) => (key === 'out' ? signOut() : key === 'me' ? navigate({ to: '/me' } as never) : choose(key))
  return (
    <MenuTrigger>
      <Button className="whoami"><Avatar id={me.user} name={name} /><span>{name}<small className="hint">{labelOf(me.role)}</small></span></Button>
      <Popover className="popover" placement="top start">
        <Menu aria-label={name} onAction={(key) => void acts(String(key))}>
          {me.memberships.length > 1 && (
            <MenuSection>
              <Header className="hint menu-head">{texts.nav.member}</Header>
              {me.memberships.map(({ cabinet, name }) => <MenuItem key={cabinet} id={cabinet} className="menu-item">{cabinet === me.cabinet ? '✓ ' : ''}{name}</MenuItem>)}
            </MenuSection>
          )}
          <MenuItem id="me" className="menu-item">{texts.places.me}</MenuItem>
          <MenuItem id="out" className="menu-item">{texts.signOut}</MenuItem>
        </Menu>
      </Popover>
    </MenuTrigger>
  )
}
