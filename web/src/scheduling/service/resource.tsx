// Services: what can be booked, and how it goes.
import { Scissors } from 'lucide-react'
import { resource } from '../../kit/resource'
import { Phases, Rules, Strip } from './phases'

export const service = resource('scheduling.service', 'services', {
  icon: Scissors,
  group: 'business',
  title: (row) => row.name,
  columns: [{ name: 'phases', show: (row) => <Strip of={row} small /> }, { name: 'duration_minutes' }, { name: 'buffer_after_minutes' }, { name: 'status' }],
  filters: ['status'],
  facts: ['status', 'duration_minutes', 'buffer_before_minutes', 'buffer_after_minutes'],
  panels: [Phases, Rules],
})
