// Issues: what clients ask, and how they are answered.
import { lazyRouteComponent } from '@tanstack/react-router'
import { LifeBuoy } from 'lucide-react'
import { resource } from '../../kit/resource'

export const issue = resource('support.issue', 'issues', {
  icon: LifeBuoy,
  group: 'clients',
  title: (row) => `#${row.number} ${row.title}`,
  columns: [{ name: 'priority' }, { name: 'status' }, { name: 'changed_at' }],
  filters: ['status', 'priority'],
  drawn: { desk: lazyRouteComponent(() => import('./desk'), 'SupportDesk'), thing: lazyRouteComponent(() => import('./thread'), 'Issue') },
})
