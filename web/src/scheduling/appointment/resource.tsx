// Appointments as a list, and each on a page of its own.
import { lazyRouteComponent } from '@tanstack/react-router'
import { CalendarCheck } from 'lucide-react'
import type { ReactNode } from 'react'
import { resource, type View } from '../../kit/resource'
import { Reference } from '../../kit/reference'
import { Badge, wallClock } from '../../kit/value'
import { addDays, rangeOf, useBusinessZone, useToday } from '../../kit/zone'
import { phrases, useTexts as useSharedTexts } from '../../texts'
import { useNames, type Appointment, type Names } from './queries'

const Visit = lazyRouteComponent(() => import('./panel'), 'Visit')
const Hint = lazyRouteComponent(() => import('./act-buttons'), 'Hint')
const PageActs = lazyRouteComponent(() => import('./act-buttons'), 'PageActs')

/** As far as appointments are looked for, in days. */
const FAR = 3_650

const useTexts = phrases({
  en: { coming: 'Coming', past: 'Before today' },
  de: { coming: 'Ab heute', past: 'Früher' },
  ru: { coming: 'С сегодняшнего дня', past: 'До сегодняшнего дня' },
  fr: { coming: 'À venir', past: 'Avant aujourd’hui' },
})

/** What comes first is looked for first. */
function useViews(): View[] {
  const texts = useTexts()
  const shared = useSharedTexts()
  const zone = useBusinessZone()
  const today = useToday()
  return [
    { view: 'coming', label: texts.coming, query: { starts_at: rangeOf(today, FAR, zone) }, sort: 'starts_at' },
    { view: 'past', label: texts.past, query: { starts_at: rangeOf(addDays(today, -FAR), FAR, zone) } },
    { view: 'all', label: shared.list.all, query: {} },
  ]
}

export const appointment = resource('scheduling.appointment', 'appointments', {
  icon: CalendarCheck,
  group: 'business',
  title: (row) => wallClock(row.start),
  sentence: (row, nameOf) => [nameOf(row.customer), wallClock(row.start)].filter(Boolean).join(', '),
  Hint,
  columns: [
    { name: 'customer', show: (row) => <Named say={(names) => names.customer(row.customer)} /> },
    { name: 'service', show: (row) => <Named say={(names) => names.service(row.service)} /> },
    { name: 'resources', show: (row) => <Named say={(names) => names.servedBy(row as Appointment)} /> },
    { name: 'status' },
  ],
  filters: ['status', 'customer'],
  sort: '-starts_at',
  useViews,
  head: (row) => <><Badge of={row.status} />{row.customer && <Reference topic="crm.customer" id={row.customer} />} {row.service && <Reference topic="scheduling.service" id={row.service} />}</>,
  facts: ['status', 'start', 'zone', 'party_size', 'changeable_until', 'late', 'reason', 'customer', 'service', 'resources'],
  around: [Visit],
  acts: PageActs,
})

/** By the names that all rows have together. */
function Named({ say }: { say: (names: Names) => ReactNode }) {
  return say(useNames())
}
