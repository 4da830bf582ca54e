// The pages about what people and programs did.
import type { Sibling } from '../kit/siblings'
import { usePlatformWords } from './words'

export function useAuditPages(): Sibling[] {
  const own = usePlatformWords()
  return [
    { to: 'audit', name: own.audit, takes: 'platform.audit.list' },
    { to: 'audit/refusals', name: own.refusals, takes: 'platform.audit.refusals' },
    { to: 'usage', name: own.usage, takes: 'platform.usage.list' },
  ]
}
