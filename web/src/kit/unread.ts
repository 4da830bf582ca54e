// How many notices wait to be read.
import { useQuery } from '@tanstack/react-query'
import { call } from '../api/client'
import { may, useMe } from '../api/rights'

export function useUnread(): number {
  const me = useMe()
  const unread = useQuery({
    queryKey: ['notifications.notification', 'unread'],
    queryFn: ({ signal }) => call('notifications.notification.unread_count', { signal }),
    enabled: me !== undefined && may(me.rights, 'notifications.notification.list'),
  })
  return unread.data?.data.count ?? 0
}
