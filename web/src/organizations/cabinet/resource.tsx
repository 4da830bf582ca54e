// Organisations: those who have licences, and what stands below them.
import { lazyRouteComponent } from '@tanstack/react-router'
import { Building2 } from 'lucide-react'
import type { Row } from '../../api/client'
import { resource, type Column } from '../../kit/resource'
import { Reference } from '../../kit/reference'
import { Badge, Country } from '../../kit/value'

const Belongings = lazyRouteComponent(() => import('./panels'), 'Belongings')

const country: Column<Row<'organizations.cabinet'>> = { name: 'country', show: (row) => <Country of={row.country} /> }

export const cabinet = resource('organizations.cabinet', 'organizations', {
  icon: Building2,
  group: 'clients',
  title: (row) => row.name ?? '…',
  columns: [{ name: 'kind' }, country, { name: 'contact_email' }, { name: 'standing' }],
  filters: ['standing', 'kind'],
  head: (row) => <><Badge of={row.standing} /> <Badge of={row.kind} />{row.parent_id && <Reference topic="organizations.cabinet" id={row.parent_id} />}</>,
  facts: ['contact_email', country, 'tax_id', 'external_id', 'parent_id', 'requested_parent_id', 'vendor_managed'],
  around: [Belongings],
  pages: { whole: lazyRouteComponent(() => import('./organisations'), 'Organisations') },
})
