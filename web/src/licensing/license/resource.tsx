import { KeyRound } from 'lucide-react'
import { resource } from '../../kit/resource'

export const license = resource('licensing.license', 'licenses', {
  icon: KeyRound,
  group: 'clients',
  title: (row) => `${row.product_name ?? row.sku}, ${row.cabinet_name ?? '…'}`,
  columns: [{ name: 'quantity' }, { name: 'starts_at' }, { name: 'ends_at' }, { name: 'status' }],
  filters: ['status'],
  facts: ['status', 'quantity', 'starts_at', 'ends_at', 'grace_days', 'parameters', 'terms', 'notices', 'reason'],
})
