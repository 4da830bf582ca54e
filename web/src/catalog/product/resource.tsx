import { Package } from 'lucide-react'
import { resource } from '../../kit/resource'

export const product = resource('catalog.product', 'products', {
  icon: Package,
  group: 'clients',
  title: (row) => row.name,
  columns: [{ name: 'sku' }, { name: 'parameters_version' }, { name: 'retired' }],
  filters: [],
})
