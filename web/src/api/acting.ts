// Acting for somebody else: the token of it is in the memory of this tab, and ends with it.
import { store } from './store'

export interface Acting {
  id: string
  name: string
  reason: string
  until: string
  token: string
}

const acting = store<Acting | undefined>(undefined)

export const { now: actingNow, set: act, use: useActing } = acting
