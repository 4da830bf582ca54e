// Taking an act back: by its opposite, or by what was there before.
import { call, type Operation } from '../api/client'
import { Problem } from '../api/problem'
import { useRefresh } from '../api/refresh'
import { actOf, useTexts } from '../texts'
import { toast } from './toast'

/** What takes an act back, where that needs to be told nothing. */
const opposites: Partial<Record<Operation, Operation>> = {
  'crm.customer.archive': 'crm.customer.restore',
  'crm.customer.restore': 'crm.customer.archive',
  'identity.oauth_client.disable': 'identity.oauth_client.enable',
  'identity.oauth_client.enable': 'identity.oauth_client.disable',
  'identity.provider.disable': 'identity.provider.enable',
  'identity.provider.enable': 'identity.provider.disable',
  'identity.service_account.disable': 'identity.service_account.enable',
  'identity.service_account.enable': 'identity.service_account.disable',
  'identity.user.deactivate': 'identity.user.reactivate',
  'identity.user.lock': 'identity.user.unlock',
  'identity.user.unlock': 'identity.user.lock',
  'licensing.license.suspend': 'licensing.license.reinstate',
  'organizations.cabinet.suspend': 'organizations.cabinet.reinstate',
  'support.issue.close': 'support.issue.reopen',
  'support.issue.resolve': 'support.issue.reopen',
  'support.macro.restore': 'support.macro.retire',
  'support.macro.retire': 'support.macro.restore',
}

type Body = Record<string, unknown>

/** How what was just sent to these is taken back; nothing, if it cannot be. `began` is what the fields were. */
export function useUndo() {
  const texts = useTexts()
  const refresh = useRefresh()
  return (name: Operation, ids: string[], sent: Body, began: Body): (() => void) | undefined => {
    const opposite = opposites[name]
    const fields = Object.keys(sent)
    const restores = fields.length > 0 && fields.every((field) => field in began)
    if (ids.length === 0 || (!opposite && !restores)) return undefined
    const back = opposite ?? name
    return async () => {
      try {
        for (const id of ids) await call(back, { path: { id }, body: opposite ? {} : began })
        toast(texts.act.undone(actOf(name)))
      } catch (error) {
        if (!(error instanceof Problem)) throw error
        toast(error.detail, { bad: true })
      }
      await refresh(name)
    }
  }
}
