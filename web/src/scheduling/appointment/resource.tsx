import { CalendarCheck } from 'lucide-react'
import { resource } from '../../kit/resource'

export const appointment = resource('scheduling.appointment', 'appointments', {
  icon: CalendarCheck,
  group: 'business',
  title: (row) => row.start.replace('T', ' ').slice(0, 16),
  columns: [{ name: 'status' }, { name: 'party_size' }, { name: 'ends_at' }, { name: 'zone' }],
  filters: ['status'],
  facts: ['status', 'start', 'zone', 'party_size', 'changeable_until', 'late', 'reason', 'customer', 'service', 'resources'],
})
