// Licences: what organisations may use, how much of it, and until when.
import { useQuery } from '@tanstack/react-query'
import { lazyRouteComponent } from '@tanstack/react-router'
import { FileText, KeyRound } from 'lucide-react'
import { call, type Row } from '../../api/client'
import { Badge, Day } from '../../kit/value'
import { Reference } from '../../kit/reference'
import { resource, type Column, type View } from '../../kit/resource'
import { rangeOf, useBusinessZone, useToday } from '../../kit/zone'
import { labelOf } from '../../texts'
import { useTexts } from './texts'

const Term = lazyRouteComponent(() => import('./term'), 'Term')
const Requests = lazyRouteComponent(() => import('./panels'), 'Requests')

const ENDING_DAYS = 30

function useViews(): View[] {
  const { views } = useTexts()
  const zone = useBusinessZone()
  const ending = { status: 'active', ends_at: rangeOf(useToday(), ENDING_DAYS, zone) }
  const counted = useQuery({
    queryKey: ['licensing.license', 'ending', ending],
    queryFn: ({ signal }) => call('licensing.license.list', { query: { 'filter[status]': ending.status, 'filter[ends_at]': ending.ends_at, count: 'status', limit: 1 }, signal }),
  })
  return [
    { view: 'active', label: views.active, query: { status: 'active' } },
    { view: 'ending', label: views.ending, query: ending, count: counted.data && (counted.data.meta.counts?.active ?? 0) },
    { view: 'grace', label: views.grace, query: { status: 'grace' } },
    { view: 'suspended', label: views.suspended, query: { status: 'suspended' } },
    { view: 'expired', label: labelOf('expired'), query: { status: 'expired' } },
    { view: 'all', label: views.all, query: {} },
  ]
}

const term: Column<Row<'licensing.license'>>[] = [
  { name: 'starts_at', show: (row) => <Day of={row.starts_at} />, alone: true },
  { name: 'ends_at', show: (row) => <Day of={row.ends_at} last />, alone: true },
]

/** Its document, as it is or was. */
const documentOf = (id: string, at?: string) => `/api/v1/licenses/${id}?format=pdf${at ? `&as_of=${encodeURIComponent(at)}` : ''}`

export const license = resource('licensing.license', 'licenses', {
  icon: KeyRound,
  group: 'clients',
  title: (row) => `${row.product_name ?? row.sku}, ${row.cabinet_name ?? '…'}`,
  columns: [{ name: 'quantity' }, ...term, { name: 'status' }],
  tabs: 'status',
  filters: ['status'],
  sort: 'ends_at',
  useViews,
  head: (row, at) => <><Badge of={row.status} /> {row.sku} · <Reference topic="organizations.cabinet" id={row.cabinet_id} />{row.reason && ` · ${row.reason}`} <a className="button" href={documentOf(row.id, at)} target="_blank"><FileText size={16} aria-hidden="true" /> PDF</a></>,
  first: { renew: 'r' },
  // A renewal goes on where the last term ends.
  begins: (row) => ({ from: row.ends_at }),
  facts: ['status', 'quantity', ...term, 'grace_days', 'parameters', 'notices', 'cabinet_id', 'product_id', 'purchase_id', 'reason'],
  panels: [Term],
  around: [Requests],
})
