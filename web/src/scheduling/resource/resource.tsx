import { Armchair } from 'lucide-react'
import { resource } from '../../kit/resource'

export const bookable = resource('scheduling.resource', 'chairs', {
  icon: Armchair,
  group: 'business',
  title: (row) => row.name ?? '…',
  columns: [{ name: 'kind' }, { name: 'capacity' }, { name: 'status' }],
  filters: ['kind', 'status'],
})
