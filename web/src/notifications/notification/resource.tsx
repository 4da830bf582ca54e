// Notices: what somebody is told.
import { lazyRouteComponent } from '@tanstack/react-router'
import { Inbox } from 'lucide-react'
import { labelOf } from '../../texts'
import { resource } from '../../kit/resource'

export const notification = resource('notifications.notification', 'inbox', {
  icon: Inbox,
  title: (row) => labelOf(row.kind),
  columns: [{ name: 'about_stream' }, { name: 'read' }, { name: 'created_at' }],
  filters: ['read'],
  pages: { whole: lazyRouteComponent(() => import('./inbox'), 'Inbox') },
})
