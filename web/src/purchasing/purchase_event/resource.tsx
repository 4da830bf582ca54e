// Messages of purchase systems that could not be followed: somebody mends the cause and has them processed again, or discards them.
import { lazyRouteComponent } from '@tanstack/react-router'
import { MessageSquareWarning } from 'lucide-react'
import { resource, type View } from '../../kit/resource'
import { Badge } from '../../kit/value'
import { problemOf } from '../../texts/names'
import { useTexts } from './texts'

const Reason = lazyRouteComponent(() => import('./panels'), 'Reason')
const Payload = lazyRouteComponent(() => import('./panels'), 'Payload')

function useViews(): View[] {
  const { views } = useTexts()
  return [
    { view: 'parked', label: views.parked, query: { status: 'parked' } },
    { view: 'reprocessed', label: views.reprocessed, query: { status: 'reprocessed' } },
    { view: 'discarded', label: views.discarded, query: { status: 'discarded' } },
    { view: 'all', label: views.all, query: {} },
  ]
}

export const purchaseEvent = resource('purchasing.purchase_event', 'parked', {
  icon: MessageSquareWarning,
  group: 'clients',
  title: (row) => [row.source, row.order_number ?? row.event].filter(Boolean).join(' '),
  columns: [{ name: 'detail', show: (row) => <>{problemOf(row.code) ?? row.detail}</> }, { name: 'created_at' }, { name: 'status' }],
  tabs: 'status',
  filters: [],
  sort: '-created_at',
  useViews,
  bulk: ['purchasing.purchase_event.reprocess', 'purchasing.purchase_event.discard'],
  head: (row) => <Badge of={row.status} />,
  first: { reprocess: 'r', discard: 'd' },
  facts: ['source', 'order_number', 'event', 'status', 'reason'],
  panels: [Reason, Payload],
})
