// Chairs and people: what appointments take the time of.
import { lazyRouteComponent } from '@tanstack/react-router'
import { Armchair } from 'lucide-react'
import { resource } from '../../kit/resource'

const Availability = lazyRouteComponent(() => import('./availability'), 'Availability')
const Exceptions = lazyRouteComponent(() => import('./exceptions'), 'Exceptions')

export const bookable = resource('scheduling.resource', 'chairs', {
  icon: Armchair,
  group: 'business',
  title: (row) => row.name ?? '…',
  columns: [{ name: 'kind' }, { name: 'capacity' }, { name: 'status' }],
  filters: ['kind', 'status'],
  facts: ['kind', 'capacity', 'status', 'user'],
  around: [Availability, Exceptions],
})
