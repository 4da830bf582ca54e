// Replays: read models as they stood at a moment, for those who ask questions in SQL.
import { lazyRouteComponent } from '@tanstack/react-router'
import { History } from 'lucide-react'
import { Suspense } from 'react'
import type { Row } from '../../api/client'
import { resource } from '../../kit/resource'
import { Badge } from '../../kit/value'
import { labelOf, placeOf } from '../../texts'
import { dataPages } from '../pages'

const Counterfactual = lazyRouteComponent(() => import('./counterfactual'), 'Counterfactual')
const scenario = { name: 'scenario', show: (row: Row<'analytics.replay'>) => <Suspense><Counterfactual of={row.scenario} /></Suspense> }

export const replay = resource('analytics.replay', 'data/replays', {
  icon: History,
  group: 'administration',
  siblings: dataPages,
  title: (row) => row.name,
  columns: [{ name: 'status' }, scenario, { name: 'as_of' }, { name: 'at_position' }, { name: 'keep_until' }, { name: 'created_at' }],
  filters: ['status', 'effective'],
  sort: '-created_at',
  head: (row) => <Badge of={row.status} />,
  facts: ['status', 'reason', 'as_of', 'at_position', 'effective', 'since', { name: 'read_models', show: (row) => row.read_models.map((name) => placeOf(name) ?? name).join(', ') || labelOf('all') }, scenario, 'keep_until', 'digest'],
  deletes: true,
  first: { delete: 'd' },
  inputs: { read_models: lazyRouteComponent(() => import('./read-models'), 'ReadModels'), scenario: lazyRouteComponent(() => import('./scenario'), 'ScenarioInput') },
  Hint: lazyRouteComponent(() => import('./hint'), 'Hint'),
  panels: [lazyRouteComponent(() => import('./outcome'), 'Outcome')],
})
