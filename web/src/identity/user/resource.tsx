import { lazyRouteComponent } from '@tanstack/react-router'
import { UserRound } from 'lucide-react'
import type { Operation } from '../../api/client'
import { resource } from '../../kit/resource'
import { useRightsWords } from './words'

const Rights = lazyRouteComponent(() => import('./rights'), 'Rights')

export const user = resource('identity.user', 'people', {
  icon: UserRound,
  group: 'administration',
  people: true,
  title: (row) => row.name ?? row.email ?? '…',
  columns: [{ name: 'email' }, { name: 'role' }, { name: 'standing' }, { name: 'locked' }],
  tabs: 'standing',
  filters: ['standing'],
  around: [Rights],
  Hint: EntryHint,
})

/** How somebody who is registered gets in. */
function EntryHint({ name }: { name: Operation }) {
  const { entry } = useRightsWords()
  return name === 'identity.user.register' && <p className="hint">{entry}</p>
}
