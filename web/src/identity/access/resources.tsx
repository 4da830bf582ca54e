// What programs and organisations get in by: applications, sign-in providers, service accounts; and who
// acted for whom.
import { AppWindow, Bot, Building, VenetianMask } from 'lucide-react'
import { resource } from '../../kit/resource'

const siblings = ['identity.oauth_client', 'identity.provider', 'identity.service_account', 'identity.impersonation']

export const application = resource('identity.oauth_client', 'access/applications', {
  icon: AppWindow,
  group: 'administration',
  siblings,
  title: (row) => row.name,
  columns: [{ name: 'permissions' }, { name: 'first_party' }, { name: 'enabled' }],
  filters: ['enabled'],
})

export const provider = resource('identity.provider', 'access/providers', {
  icon: Building,
  group: 'administration',
  siblings,
  title: (row) => row.name,
  columns: [{ name: 'domain' }, { name: 'issuer' }, { name: 'enabled' }],
  filters: ['enabled'],
})

export const serviceAccount = resource('identity.service_account', 'access/service-accounts', {
  icon: Bot,
  group: 'administration',
  siblings,
  title: (row) => row.name,
  columns: [{ name: 'role' }, { name: 'reach' }, { name: 'keys', show: (row) => row.keys.length }, { name: 'disabled' }],
  filters: ['disabled'],
})

export const impersonation = resource('identity.impersonation', 'access/impersonations', {
  icon: VenetianMask,
  group: 'administration',
  siblings,
  title: (row) => row.reason ?? '…',
  columns: [{ name: 'agent' }, { name: 'user' }, { name: 'until' }, { name: 'ended_at' }],
  filters: [],
})
