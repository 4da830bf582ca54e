// The roles that one may give: clients give those of clients; nobody is made a guest or the system, and people are no
// purchase system.
import type { Me } from '../api/rights'

export const CLIENTS = ['client_user', 'client_admin']
const NOBODYS = ['guest', 'system']

/** `to`: the topic of what gets one. */
export const rolesToGive = (roles: string[], { rights }: Me, to: string) =>
  rights.users_manage === 'all' ? roles.filter((role) => !NOBODYS.includes(role) && !(role === 'purchase_system' && to === 'identity.user')) : roles.filter((role) => CLIENTS.includes(role))
