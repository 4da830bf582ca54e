// Templates of documents: what the business's documents say, by kind, language and product.
import { lazyRouteComponent } from '@tanstack/react-router'
import { FileText } from 'lucide-react'
import { resource } from '../../kit/resource'
import { Badge } from '../../kit/value'
import { labelOf } from '../../texts'

export const template = resource('documents.template', 'document-templates', {
  icon: FileText,
  group: 'clients',
  siblings: ['catalog.product', 'documents.template'],
  title: (row) => `${labelOf(row.kind)}, ${labelOf(row.language)}`,
  columns: [{ name: 'product' }, { name: 'template_version' }, { name: 'retired' }, { name: 'updated_at' }],
  filters: ['kind', 'language', 'product', 'retired'],
  createsOnPage: true,
  head: (row) => <Badge of={row.retired ? 'retired' : 'published'} />,
  facts: ['kind', 'language', 'product', 'template_version', 'retired'],
  acts: lazyRouteComponent(() => import('./page'), 'ItsActs'),
  panels: [lazyRouteComponent(() => import('./page'), 'Text')],
  pages: { item: lazyRouteComponent(() => import('./page'), 'Page') },
})
