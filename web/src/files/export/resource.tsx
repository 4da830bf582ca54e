// Exports: lists and reports that are written to files beside what else is done.
import { lazyRouteComponent } from '@tanstack/react-router'
import { FileDown } from 'lucide-react'
import { Suspense } from 'react'
import { titleOf } from '../../kit/exports/path'
import { resource } from '../../kit/resource'
import { Badge } from '../../kit/value'
import { labelOf } from '../../texts'

const Query = lazyRouteComponent(() => import('./acts'), 'Query')

export const exported = resource('files.export', 'exports', {
  icon: FileDown,
  title: (row) => `${titleOf(row.path)}, ${labelOf(row.format)}`,
  columns: [{ name: 'status' }, { name: 'rows' }, { name: 'requester' }, { name: 'created_at' }],
  filters: ['status', 'format'],
  sort: '-created_at',
  head: (row) => <Badge of={row.status} />,
  facts: ['status', { name: 'query', show: (row) => <Suspense><Query of={row.query} /></Suspense> }, 'rows', 'size', 'keep_until', 'reason', 'requester', 'at_position', 'sha256'],
  acts: lazyRouteComponent(() => import('./acts'), 'ExportActs'),
})
