// Calls of the API by the ids of its operations. Sessions are cookies; commands carry the CSRF token,
// an idempotency key, and where somebody saw a version, that version.
import { actingNow } from './acting'
import { operations as table } from './generated/operations'
import type { operations } from './generated/schema'
import { Problem } from './problem'
import { waits } from './waiting'

export type Operation = keyof typeof table & keyof operations

type Json<T> = T extends { content: { 'application/json': infer Body } } ? Body : never
type Succeeded<R> = Json<R[Extract<keyof R, 200 | 201>]>
/** What an operation answers. */
export type Answer<O extends Operation> = Succeeded<operations[O]['responses']>

/** The topics that have a list, or the one item: `crm.customer`. */
export type Topic = { [O in Operation]: O extends `${infer T}.list` | `${infer T}.find` ? T : never }[Operation]
/** A row of a topic's list, or its one item. */
export type Row<T extends Topic> = `${T}.list` extends Operation
  ? Answer<`${T}.list`> extends { data: (infer R)[] } ? R : never
  : Answer<`${T}.find` & Operation> extends { data: infer R } ? R : never

export interface Call {
  /** The parts of the path. */
  path?: Record<string, string>
  query?: Record<string, string | number | undefined>
  body?: unknown
  /** Only if this is still the version. */
  version?: number
  /** However often it is sent under one key, it happens once. */
  key?: string
  /** What is told besides, of uploads. */
  headers?: Record<string, string>
  signal?: AbortSignal
}

let position = 0
/** From now on reads contain everything up to here. */
export function reached(at: number) {
  position = Math.max(position, at)
}
export const lastPosition = () => position

/** Whom to tell that the session is over. */
let ended = () => {}
export function onSignedOut(listener: () => void) {
  ended = listener
}

export async function call<O extends Operation>(operation: O, options: Call = {}): Promise<Answer<O>> {
  const response = await answered(operation, options)
  // What is only taken (202), or has nothing to say (204), has no body.
  return JSON.parse((await response.text()) || 'null') as Answer<O>
}

/** What is answered, as it is sent; `by`: how it is sent, if not by fetch. */
export async function answered(operation: Operation, options: Call, by = send): Promise<Response> {
  let response = await by(operation, options)
  if (response.status === 401 && (await renewed())) response = await by(operation, options)
  const at = Number(response.headers.get('X-Position'))
  if (at) reached(at)
  if (response.ok) return response
  const problem = await Problem.read(response)
  if (problem.status === 401 && !operation.startsWith('identity.session.')) ended()
  throw problem
}

/** The request of a call, all but its body. */
export function requestOf(operation: Operation, { path, query, body, version, key, headers: further }: Call) {
  const [method, template] = table[operation]
  const place = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path?.[name] ?? ''))
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query ?? {})) if (value !== undefined && value !== '') search.append(name, `${value}`)
  const headers = new Headers({ Accept: 'application/json', ...further })
  const acting = actingNow()
  if (acting) headers.set('Authorization', `Bearer ${acting.token}`)
  if (method === 'get') {
    if (position) headers.set('X-Min-Position', `${position}`)
  } else {
    headers.set('X-CSRF-Token', cookie('__Host-csrf'))
    headers.set('Idempotency-Key', key ?? crypto.randomUUID())
    if (version !== undefined) headers.set('If-Match', `"${version}"`)
  }
  if (body !== undefined) headers.set('Content-Type', 'application/json')
  return { method: method.toUpperCase(), url: search.size ? `${place}?${search}` : place, headers }
}

/** What the page began to ask before the portal was read (begin.js), by its address, and in which session. */
interface Begun {
  session: string
  answers: Record<string, Promise<Response> | undefined>
}
const { begun } = globalThis as { begun?: Begun }

/** Each answer is taken once, and never in another session: somebody else may have signed in since. */
function begunAnswer(url: string, method: string): Promise<Response> | undefined {
  const answer = begun?.answers[url]
  if (!answer) return
  delete begun.answers[url]
  return method === 'GET' && begun.session === cookie('__Host-csrf') ? answer : undefined
}

async function send(operation: Operation, options: Call): Promise<Response> {
  const { url, ...request } = requestOf(operation, options)
  const { body, signal } = options
  const over = waits()
  try {
    return await (begunAnswer(url, request.method) ?? fetch(url, { ...request, body: body === undefined ? undefined : JSON.stringify(body), signal }))
  } catch (error) {
    if (signal?.aborted) throw error
    throw Problem.offline()
  } finally {
    over()
  }
}

/** Renews the session, once for all tabs: whoever waited finds it renewed. */
export async function renewed(): Promise<boolean> {
  if (!hasSession()) return false
  const before = localStorage.getItem('renewed')
  return navigator.locks.request('renew', async () => {
    if (localStorage.getItem('renewed') !== before) return hasSession()
    const { ok } = await send('identity.session.renew', {})
    if (ok) localStorage.setItem('renewed', crypto.randomUUID())
    return ok
  })
}

/** Whether this browser may have a session; whether it still lasts, only the backend knows. */
export const hasSession = () => cookie('__Host-csrf') !== ''

function cookie(name: string) {
  const found = document.cookie.split('; ').find((pair) => pair.startsWith(`${name}=`))
  return found?.slice(name.length + 1) ?? ''
}
