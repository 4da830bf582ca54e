import { Building2 } from 'lucide-react'
import { resource } from '../../kit/resource'

export const cabinet = resource('organizations.cabinet', 'organizations', {
  icon: Building2,
  group: 'clients',
  title: (row) => row.name ?? '…',
  columns: [{ name: 'kind' }, { name: 'country' }, { name: 'contact_email' }, { name: 'standing' }],
  filters: ['standing'],
})
