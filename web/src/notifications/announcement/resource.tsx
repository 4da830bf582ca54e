// Announcements: what somebody told many at once.
import { lazyRouteComponent } from '@tanstack/react-router'
import { Megaphone } from 'lucide-react'
import { Reference } from '../../kit/reference'
import { resource } from '../../kit/resource'
import { Badge } from '../../kit/value'
import { best, labelOf } from '../../texts'
import type { Row } from '../../api/client'

function Audience({ of }: { of: Row<'notifications.announcement'>['audience'] }) {
  if (of.to === 'cabinet') return <Reference topic="organizations.cabinet" id={of.cabinet} />
  return labelOf(of.to === 'role' ? of.role : of.to)
}

const audience = { name: 'audience', show: ({ audience: of }: Row<'notifications.announcement'>) => <Audience of={of} /> }

export const announcement = resource('notifications.announcement', 'announcements', {
  icon: Megaphone,
  group: 'administration',
  title: ({ texts }) => best(texts)?.title ?? '…',
  columns: [audience, { name: 'author' }, { name: 'created_at' }, { name: 'withdrawn' }],
  filters: ['withdrawn'],
  head: (row) => <>{row.withdrawn && <Badge of="withdrawn" />} <Audience of={row.audience} /></>,
  facts: [audience, 'author', 'withdrawn'],
  panels: [lazyRouteComponent(() => import('./panels'), 'Texts')],
})
