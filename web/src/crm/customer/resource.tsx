import { Users } from 'lucide-react'
import { resource } from '../../kit/resource'

export const customer = resource('crm.customer', 'customers', {
  icon: Users,
  group: 'business',
  people: true,
  title: (row) => row.display_name ?? '…',
  columns: [
    { name: 'contact_points', show: (row) => row.contact_points.map(({ value }) => value).join(', ') },
    { name: 'addresses', show: (row) => row.addresses[0]?.address?.city },
    { name: 'status' },
  ],
  filters: ['status', 'kind'],
  bulk: ['crm.customer.archive', 'crm.customer.restore'],
  facts: ['name', 'organization', 'contact_points', 'addresses', 'status', 'external_ids'],
})
