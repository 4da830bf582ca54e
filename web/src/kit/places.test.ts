// Where one may go follows from how far one's rights reach, and from nothing else.
import { expect, test } from 'vitest'
import scopes from '../api/generated/rights.json'
import type { Me } from '../api/rights'
import { landing, placesOf } from './places'

/** Somebody with the rights of a role, who belongs to no organisation. */
const somebody = (role: string) => {
  const rights = Object.entries(scopes as Record<string, Record<string, string>>).map(([right, reach]) => [right, reach[role]])
  return { rights: Object.fromEntries(rights.filter(([, reach]) => reach !== 'none')), memberships: [], customer: null } as unknown as Me
}
const everywhere = new Set(['today', 'my-day', 'home', 'inbox', 'calendar', 'customers', 'appointments', 'services', 'chairs', 'issues', 'licenses', 'organizations', 'products', 'purchases', 'parked', 'announcements', 'people', 'access/applications', 'access/service-accounts', 'reports', 'audit', 'running', 'settings', 'all'].map((to) => `/${to}`))
const placesFor = (role: string) => placesOf(somebody(role), everywhere)

test('an analyst is led to all that they may look at, and to nothing else', () => {
  expect(placesFor('analyst').map(({ to }) => to)).toEqual(['inbox', 'services', 'licenses', 'products', 'purchases'])
})

test('nobody begins with their notices', () => {
  for (const role of ['admin', 'employee', 'support_agent', 'analyst']) expect(landing(placesFor(role), somebody(role)), role).not.toBe('inbox')
})
