// Services: what can be booked, and how it goes.
import { lazyRouteComponent } from '@tanstack/react-router'
import { Scissors } from 'lucide-react'
import { resource } from '../../kit/resource'
import { Price } from './price'
import { PhaseBar } from './phase-bar'

const Phases = lazyRouteComponent(() => import('./phases'), 'Phases')
const Rules = lazyRouteComponent(() => import('./phases'), 'Rules')

export const service = resource('scheduling.service', 'services', {
  icon: Scissors,
  group: 'business',
  title: (row) => row.name,
  columns: [
    { name: 'category' },
    { name: 'price', show: (row) => <Price of={row} /> },
    { name: 'duration_minutes' },
    { name: 'phases', show: (row) => <PhaseBar of={row} small /> },
    { name: 'public' },
    { name: 'status' },
  ],
  filters: ['status', 'public'],
  sort: 'order',
  facts: ['status', 'category', 'price', 'price_from', 'public', 'order', 'description', 'duration_minutes', 'buffer_before_minutes', 'buffer_after_minutes'],
  panels: [Phases, Rules],
})
