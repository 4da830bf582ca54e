import { Scissors } from 'lucide-react'
import { resource } from '../../kit/resource'

export const service = resource('scheduling.service', 'services', {
  icon: Scissors,
  group: 'business',
  title: (row) => row.name,
  columns: [{ name: 'duration_minutes' }, { name: 'buffer_after_minutes' }, { name: 'minimum_notice_minutes' }, { name: 'status' }],
  filters: ['status'],
})
