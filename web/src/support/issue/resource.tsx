import { LifeBuoy } from 'lucide-react'
import { resource } from '../../kit/resource'
import { Thread } from './thread'

export const issue = resource('support.issue', 'issues', {
  icon: LifeBuoy,
  group: 'clients',
  title: (row) => `#${row.number} ${row.title}`,
  columns: [{ name: 'priority' }, { name: 'status' }, { name: 'comments' }, { name: 'changed_at' }],
  filters: ['status', 'priority'],
  facts: ['status', 'priority', 'source', 'answered_at', 'ended_at', 'reporter', 'assignee', 'cabinet', 'product', 'license'],
  panels: [Thread],
})
