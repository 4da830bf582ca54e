// After a command: what is known of its topic is asked for anew.
import { useQueryClient } from '@tanstack/react-query'

/** Of a topic, or of the one that an operation belongs to: `crm.customer`, `crm.customer.rename`. */
export function useRefresh() {
  const queries = useQueryClient()
  return (of: string) => queries.invalidateQueries({ queryKey: [of.split('.').slice(0, 2).join('.')] })
}
