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
  pages: { whole: lazyRouteComponent(() => import('./support-desk'), 'SupportDesk'), detail: lazyRouteComponent(() => import('./thread'), 'Issue') },
})
