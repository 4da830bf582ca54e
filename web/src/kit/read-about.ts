// Notices are read when the thing they are about is looked at.
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { call } from '../api/client'
import { useRefresh } from '../api/refresh'
import { useUnread } from './unread'

/** Marks notices about a thing as read, each once: whoever marks one as unread again means it. */
export function useReadAbout(id: string) {
  const refresh = useRefresh()
  const marked = useRef(new Set<string>())
  const unread = useUnread() > 0
  const { data } = useQuery({
    queryKey: ['notifications.notification', 'unread about', id],
    queryFn: ({ signal }) => call('notifications.notification.list', { query: { 'filter[about_id]': id, 'filter[read]': 'false' }, signal }),
    enabled: unread,
  })
  useEffect(() => {
    const found = (data?.data ?? []).filter((notice) => !marked.current.has(notice.id))
    if (found.length === 0) return
    for (const notice of found) marked.current.add(notice.id)
    void Promise.allSettled(found.map((notice) => call('notifications.notification.patch', { path: { id: notice.id }, body: { read: true } })))
      .then(() => refresh('notifications.notification'))
  }, [data, refresh])
}
