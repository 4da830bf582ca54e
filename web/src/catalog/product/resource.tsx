// Products: what is sold, with which parameters, and how licences of it are issued.
import { lazyRouteComponent } from '@tanstack/react-router'
import { Package } from 'lucide-react'
import { resource } from '../../kit/resource'

const Policy = lazyRouteComponent(() => import('./panels'), 'Policy')
const Parameters = lazyRouteComponent(() => import('./panels'), 'Parameters')
const Licences = lazyRouteComponent(() => import('./panels'), 'Licences')
const Templates = lazyRouteComponent(() => import('./panels'), 'Templates')

export const product = resource('catalog.product', 'products', {
  icon: Package,
  group: 'clients',
  siblings: ['catalog.product', 'documents.template'],
  title: (row) => row.name,
  columns: [{ name: 'sku' }, { name: 'parameters_version' }, { name: 'retired' }],
  filters: ['retired'],
  facts: ['sku', 'description', 'parameters_version', 'retired'],
  panels: [Policy, Parameters],
  around: [Licences, Templates],
})
