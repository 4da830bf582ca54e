// What happens, as it happens: one stream per browser, whose tab tells the others.
import { useQueryClient, type QueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { isNamedIn } from '../kit/names'
import { lastPosition, reached, renewed } from './client'
import { store } from './store'

interface Nudge {
  topic: string
  id: string
  type: string
  position: number
}

export type Connection = 'live' | 'late' | 'offline'

const GATHERED = 120
const PAUSE = 2_000

const connection = store<Connection>('late')
export const useConnection = connection.use

/** How often the server came back; less than 0 before it was there at all. */
const returns = store(-1)
export const useReturns = returns.use

/** What is told by answers that are of no one topic. */
const SHOWN_IN: Record<string, string[]> = {
  me: ['platform.business', 'identity.user', 'organizations.membership'],
  dashboard: ['scheduling.appointment', 'support.issue', 'licensing.license', 'purchasing.purchase_event'],
}

/** Follows as long as whoever says so is on the screen. */
export function useLive() {
  const queries = useQueryClient()
  useEffect(() => {
    const gone = new AbortController()
    follow(queries, gone.signal)
    return () => gone.abort()
  }, [queries])
}

/** Follows until `signal` is aborted. Lists and items of what happened are asked for anew, and whatever names it. */
function follow(queries: QueryClient, signal: AbortSignal) {
  const channel = new BroadcastChannel('live')
  const pending = new Map<string, string>()
  const refresh = () => {
    const ids = [...pending.keys()]
    const topics = new Set(pending.values())
    pending.clear()
    queries.invalidateQueries({
      predicate: ({ queryKey: [topic], state: { data } }) =>
        topics.has('*') || topics.has(`${topic}`) || SHOWN_IN[`${topic}`]?.some((shown) => topics.has(shown)) || ids.some((id) => isNamedIn(data, id)),
    })
  }
  const take = ({ topic, id, position }: Nudge) => {
    reached(position)
    if (pending.size === 0) setTimeout(refresh, GATHERED)
    pending.set(id, topic)
  }
  const reset = () => take({ topic: '*', id: '', type: 'reset', position: 0 })
  const become = (now: Connection) => {
    const isBack = now === 'live' && connection.now() !== now
    connection.set(now)
    if (!isBack) return
    returns.set(returns.now() + 1)
    // What could not be asked for while the server was away.
    void queries.invalidateQueries({ predicate: ({ state }) => state.status === 'error' })
  }
  channel.onmessage = ({ data }) => (data.connection ? become(data.connection) : take(data))
  const notify = (now: Connection) => {
    become(now)
    channel.postMessage({ connection: now })
  }
  const held = navigator.locks.request('live', { signal }, async () => {
    while (!signal.aborted) {
      await listen((nudge) => { take(nudge); channel.postMessage(nudge) }, reset, notify, signal)
      notify(lost())
      await renewed().catch(() => false)
      await new Promise((resolve) => setTimeout(resolve, PAUSE))
    }
  })
  held.catch(() => {}) // the tab goes
  signal.addEventListener('abort', () => channel.close())
}

/** Whether the server or the whole network is away. */
const lost = (): Connection => (navigator.onLine ? 'late' : 'offline')

/** Listens until the stream ends for good, or the network goes or comes: a stream does not always notice it. */
function listen(take: (nudge: Nudge) => void, reset: () => void, notify: (now: Connection) => void, signal: AbortSignal) {
  const after = lastPosition()
  const source = new EventSource(`/api/v1/stream${after ? `?after=${after}` : ''}`)
  source.onopen = () => notify('live')
  source.onmessage = ({ data }) => take(JSON.parse(data))
  source.addEventListener('reset', reset)
  return new Promise<void>((resolve) => {
    const over = new AbortController()
    const close = () => {
      over.abort()
      source.close()
      resolve()
    }
    source.onerror = () => (source.readyState === EventSource.CLOSED ? close() : notify(lost()))
    signal.addEventListener('abort', close, { signal: over.signal })
    for (const event of ['offline', 'online']) window.addEventListener(event, close, { signal: over.signal })
  })
}
