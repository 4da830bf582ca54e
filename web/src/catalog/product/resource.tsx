// Products: what is sold, with which parameters, and how licences of it are issued.
import { Package } from 'lucide-react'
import { resource } from '../../kit/resource'
import { Licences, Parameters, Policy } from './panels'

export const product = resource('catalog.product', 'products', {
  icon: Package,
  group: 'clients',
  title: (row) => row.name,
  columns: [{ name: 'sku' }, { name: 'parameters_version' }, { name: 'retired' }],
  filters: ['retired'],
  facts: ['sku', 'description', 'parameters_version', 'retired'],
  panels: [Policy, Parameters],
  around: [Licences],
})
