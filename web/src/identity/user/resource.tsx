import { lazyRouteComponent } from '@tanstack/react-router'
import { UserRound } from 'lucide-react'
import { resource } from '../../kit/resource'

const Rights = lazyRouteComponent(() => import('./rights'), 'Rights')
const Erasure = lazyRouteComponent(() => import('../../kit/erasure/panel'), 'ErasureOfUser')
const EntryHint = lazyRouteComponent(() => import('./rights'), 'EntryHint')

export const user = resource('identity.user', 'people', {
  icon: UserRound,
  group: 'administration',
  people: true,
  title: (row) => row.name ?? row.email ?? '…',
  columns: [{ name: 'email' }, { name: 'role' }, { name: 'standing' }, { name: 'locked' }],
  tabs: 'standing',
  filters: ['standing'],
  around: [Rights, Erasure],
  Hint: EntryHint,
})
