import { Inbox } from 'lucide-react'
import { humanised } from '../../words'
import { resource } from '../../kit/resource'

export const notification = resource('notifications.notification', 'inbox', {
  icon: Inbox,
  title: (row) => humanised(row.kind),
  columns: [{ name: 'about_stream' }, { name: 'read' }, { name: 'created_at' }],
  filters: ['read'],
})
