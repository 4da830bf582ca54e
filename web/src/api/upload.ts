// Sends a file as a form, and tells how much of it is sent, which fetch does not.
import { answered, requestOf, type Answer, type Call, type Operation } from './client'
import { Problem } from './problem'

/** The id of the file. `progress` is told how much of it is sent, from 0 to 1. */
export async function upload(file: File, key: string, progress: (share: number) => void, signal: AbortSignal): Promise<string> {
  const response = await answered('files.file.upload', { key, signal }, (operation, call) => sendForm(operation, call, file, progress))
  const { data } = (await response.json()) as Answer<'files.file.upload'>
  return data.id
}

function sendForm(operation: Operation, call: Call, file: File, progress: (share: number) => void) {
  const { method, url, headers } = requestOf(operation, call)
  const form = new FormData()
  form.append('file', file)
  return new Promise<Response>((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 1)
    request.onload = () => resolve(new Response(request.responseText, { status: request.status }))
    request.onerror = () => reject(Problem.offline())
    request.onabort = () => reject(call.signal!.reason)
    call.signal!.addEventListener('abort', () => request.abort())
    request.open(method, url)
    headers.forEach((value, name) => request.setRequestHeader(name, value))
    request.send(form)
  })
}
