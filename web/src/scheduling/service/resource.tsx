// Services: what can be booked, and how it goes.
import { lazyRouteComponent } from '@tanstack/react-router'
import { Scissors } from 'lucide-react'
import { resource } from '../../kit/resource'
import { Price } from './price'
import { Value } from '../../kit/value'
import { PhaseBar } from './phase-bar'
import { textOf } from './spoken'

const Phases = lazyRouteComponent(() => import('./phases'), 'Phases')
const Rules = lazyRouteComponent(() => import('./phases'), 'Rules')

export const service = resource('scheduling.service', 'services', {
  icon: Scissors,
  group: 'business',
  title: (row) => textOf(row).name,
  columns: [
    { name: 'category', show: (row) => <Value of={textOf(row).category} /> },
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
