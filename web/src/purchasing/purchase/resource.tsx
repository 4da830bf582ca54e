// Orders of the purchase systems, of which licences come.
import { lazyRouteComponent } from '@tanstack/react-router'
import { ShoppingCart } from 'lucide-react'
import { Reference } from '../../kit/reference'
import { resource } from '../../kit/resource'
import { Badge, Day, Money } from '../../kit/value'

const Lines = lazyRouteComponent(() => import('./lines'), 'Lines')

export const purchase = resource('purchasing.purchase', 'purchases', {
  icon: ShoppingCart,
  group: 'clients',
  title: (row) => `${row.source}, ${row.order_number}`,
  columns: [
    { name: 'buyer' },
    { name: 'amount', show: (row) => <Money amount={row.amount} currency={row.currency} /> },
    { name: 'placed_at', show: (row) => <Day of={row.placed_at} /> },
    { name: 'status' },
  ],
  tabs: 'status',
  filters: ['status'],
  sort: '-placed_at',
  head: (row) => <><Badge of={row.status} />{row.cabinet_id ? <Reference topic="organizations.cabinet" id={row.cabinet_id} /> : row.buyer}</>,
  facts: ['source', 'order_number', 'placed_at', 'buyer', 'cabinet_id', 'currency', 'status'],
  panels: [Lines],
})
