// The business itself: who it is, how it looks, and what its homepage says. There is one.
import { lazyRouteComponent } from '@tanstack/react-router'
import { Settings } from 'lucide-react'
import { resource } from '../../kit/resource'
import { Badge } from '../../kit/value'

const panels = () => import('./panels')
const Homepage = lazyRouteComponent(panels, 'Homepage')
const Languages = lazyRouteComponent(panels, 'Languages')
const Accent = lazyRouteComponent(panels, 'Accent')

export const business = resource('platform.business', 'settings', {
  icon: Settings,
  title: (row) => row.name,
  columns: [],
  filters: [],
  head: (row) => <><Badge of={row.published ? 'published' : 'unpublished'} />{row.published && <Homepage />}</>,
  facts: [
    'name', 'address', 'phone', 'email', 'zone', 'currency',
    { name: 'languages', show: (row) => <Languages of={row.languages} /> }, { name: 'accent', show: (row) => <Accent of={row.accent} /> },
    'logo', 'picture', 'slug', 'embedders',
  ],
  panels: [lazyRouteComponent(panels, 'Texts'), lazyRouteComponent(panels, 'Open')],
  pages: { whole: lazyRouteComponent(() => import('./page'), 'Page') },
})
