// Sends a file, and tells how much of it is sent, which fetch does not: small ones as a form, large ones so that
// they go on after a break, as tus 1.0 does it.
import { answered, call, requestOf, type Answer, type Call, type Operation } from './client'
import { Problem } from './problem'

/** What is larger goes on after a break, in bytes. */
const LARGE = 8 * 2 ** 20
const TUS = { 'Tus-Resumable': '1.0.0' }
/** How long it takes until it is tried again, in milliseconds, if nothing says that it is worth it earlier. */
const PAUSE = 3_000

/** What is told while a file is sent. */
export interface Told {
  /** From 0 to 1. */
  progress: (share: number) => void
  /** Whether it waits for the connection. */
  waits: (yes: boolean) => void
}

/** The id of the file. */
export async function upload(file: File, key: string, told: Told, signal: AbortSignal): Promise<string> {
  if (file.size > LARGE) return resumable(file, told, signal)
  const form = new FormData()
  form.append('file', file)
  const response = await answered('files.file.upload', { key, signal }, (operation, call) => sent(operation, call, form, told.progress))
  const { data } = (await response.json()) as Answer<'files.file.upload'>
  return data.id
}

async function resumable(file: File, told: Told, signal: AbortSignal): Promise<string> {
  let id: string | undefined
  try {
    for (;;) {
      try {
        id ??= await begun(file, signal)
        const done = await goOn(id, file, told, signal)
        if (done) return done
      } catch (problem) {
        if (signal.aborted || !passes(problem)) throw problem
      }
      told.waits(true)
      await pause(signal)
    }
  } catch (problem) {
    // What was given up, or refused, takes no place any more.
    if (id) void call('files.upload.end', { path: { id } }).catch(() => {})
    throw problem
  }
}

async function begun(file: File, signal: AbortSignal): Promise<string> {
  const metadata = Object.entries({ filename: file.name, filetype: file.type }).map(([name, value]) => `${name} ${base64(value)}`)
  const headers = { ...TUS, 'Upload-Length': `${file.size}`, 'Upload-Metadata': metadata.join(',') }
  return (await call('files.upload.begin', { headers, signal })).data.id
}

/** Sends what is not there yet; the id of the file, if all of it is. */
async function goOn(id: string, file: File, { progress, waits }: Told, signal: AbortSignal): Promise<string | undefined> {
  const reached = () => call('files.upload.progress', { path: { id }, signal })
  const { data: { offset, file: made } } = await reached()
  waits(false)
  if (made) return made
  const share = (part: number) => progress((offset + part * (file.size - offset)) / file.size)
  const headers = { ...TUS, 'Upload-Offset': `${offset}`, 'Content-Type': 'application/offset+octet-stream' }
  await answered('files.upload.append', { path: { id }, headers, signal }, (operation, call) => sent(operation, call, file.slice(offset), share))
  return (await reached()).data.file ?? undefined
}

/** What is not for good: that the server cannot be reached or has too much to do, or is not done with what came before the break. */
const passes = (problem: unknown) =>
  problem instanceof Problem && (problem.status === 0 || problem.status > 500 || [423, 429].includes(problem.status) || problem.code === 'wrong_offset')

/** Until the browser is online again, or a while. */
const pause = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const over = new AbortController()
    const end = () => {
      over.abort()
      clearTimeout(timer)
      resolve()
    }
    const timer = setTimeout(end, PAUSE)
    window.addEventListener('online', end, { signal: over.signal })
    signal.addEventListener('abort', end, { signal: over.signal })
  })

const base64 = (text: string) => btoa(String.fromCharCode(...new TextEncoder().encode(text)))

function sent(operation: Operation, call: Call, body: FormData | Blob, progress: (share: number) => void) {
  const { method, url, headers } = requestOf(operation, call)
  return new Promise<Response>((resolve, reject) => {
    const request = new XMLHttpRequest()
    const over = new AbortController()
    request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 1)
    request.onload = () => resolve(new Response(request.responseText || null, { status: request.status }))
    request.onerror = () => reject(Problem.offline())
    request.onabort = () => reject(call.signal!.aborted ? call.signal!.reason : Problem.offline())
    request.onloadend = () => over.abort()
    call.signal!.addEventListener('abort', () => request.abort(), { signal: over.signal })
    // A connection that is gone does not always say so.
    window.addEventListener('offline', () => request.abort(), { signal: over.signal })
    request.open(method, url)
    headers.forEach((value, name) => request.setRequestHeader(name, value))
    request.send(body)
  })
}
