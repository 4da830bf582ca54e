import { ShoppingCart } from 'lucide-react'
import { resource } from '../../kit/resource'

export const purchase = resource('purchasing.purchase', 'purchases', {
  icon: ShoppingCart,
  group: 'clients',
  title: (row) => `${row.source} ${row.order_number}`,
  columns: [{ name: 'buyer' }, { name: 'status' }, { name: 'placed_at' }],
  filters: [],
})
