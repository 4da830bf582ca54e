// Customers: who comes, and how to reach them.
import { lazyRouteComponent } from '@tanstack/react-router'
import { Users } from 'lucide-react'
import { contact } from '../../kit/phone'
import { resource } from '../../kit/resource'
import { Badge } from '../../kit/value'
import { Reach } from './reach'

const Visits = lazyRouteComponent(() => import('./panels'), 'Visits')
const Erasure = lazyRouteComponent(() => import('../../kit/erasure/panel'), 'ErasureOfCustomer')
const Requests = lazyRouteComponent(() => import('./panels'), 'Requests')

export const customer = resource('crm.customer', 'customers', {
  icon: Users,
  group: 'business',
  people: true,
  title: (row) => row.display_name ?? '…',
  columns: [
    { name: 'contact_points', show: (row) => row.contact_points.map(contact).join(', ') },
    { name: 'addresses', show: (row) => row.addresses[0]?.address?.city },
    { name: 'status' },
  ],
  tabs: 'status',
  filters: ['status', 'kind'],
  sort: 'display_name',
  bulk: ['crm.customer.archive', 'crm.customer.restore'],
  head: (row) => <>{row.status !== 'active' && <Badge of={row.status} />}<Reach of={row} /></>,
  facts: ['name', 'organization', 'contact_points', 'addresses', 'status', 'external_ids'],
  around: [Visits, Requests, Erasure],
})
