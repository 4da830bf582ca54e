// Files that are uploaded while somebody writes, and attached when they send: what goes with an answer, or with a new request.
import { useEffect, useRef, useState } from 'react'
import { call } from '../../api/client'
import { Problem } from '../../api/problem'
import { upload } from '../../api/upload'
import { useTexts } from './texts'

interface Upload {
  key: string
  name: string
  size: number
  /** How much of it is sent, from 0 to 1. */
  share: number
  /** Whether it waits for the connection, and goes on then. */
  waits?: boolean
  /** That of the file, when all of it is there. */
  id?: string
  fault?: string
}

/** What may be attached (FIL-2), by the end of its name: what browsers call a file differs from system to system. */
const TYPES: Record<string, string> = {
  csv: 'text/csv', docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document', gif: 'image/gif', gz: 'application/gzip', jpeg: 'image/jpeg', jpg: 'image/jpeg',
  json: 'application/json', log: 'text/plain', md: 'text/plain', mp4: 'video/mp4', ods: 'application/vnd.oasis.opendocument.spreadsheet', odt: 'application/vnd.oasis.opendocument.text',
  pdf: 'application/pdf', png: 'image/png', pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation', tgz: 'application/gzip', txt: 'text/plain',
  webp: 'image/webp', xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', zip: 'application/zip',
}
export const ACCEPTED = Object.keys(TYPES).map((ending) => `.${ending}`).join(',')
/** In bytes (FIL-1). */
const MOST = 2 ** 31

const typed = (file: File) => new File([file], file.name, { type: TYPES[file.name.split('.').at(-1)!.toLowerCase()] ?? file.type })

export type Uploads = ReturnType<typeof useUploads>

export function useUploads() {
  const texts = useTexts()
  const [all, setAll] = useState<Upload[]>([])
  const running = useRef(new Map<string, AbortController>())
  useEffect(() => () => running.current.forEach((upload) => upload.abort()), [])
  const change = (key: string, to: Partial<Upload>) => setAll((before) => before.map((one) => (one.key === key ? { ...one, ...to } : one)))
  const begin = async (file: File) => {
    const key = crypto.randomUUID()
    const stop = new AbortController()
    running.current.set(key, stop)
    const { type } = typed(file)
    const fault = file.size > MOST ? texts.tooLarge : Object.values(TYPES).includes(type) ? undefined : texts.otherType
    setAll((before) => [...before, { key, name: file.name, size: file.size, share: 0, fault }])
    if (fault) return
    try {
      change(key, { id: await upload(typed(file), key, { progress: (share) => change(key, { share }), waits: (waits) => change(key, { waits }) }, stop.signal) })
    } catch (problem) {
      if (!stop.signal.aborted) change(key, { fault: problem instanceof Problem ? problem.detail : String(problem) })
    }
  }
  return {
    all,
    /** Whether nothing is on its way any more, and nothing failed. */
    ready: all.every(({ id }) => id),
    add: (files: Iterable<File>) => [...files].forEach((file) => void begin(file)),
    remove: ({ key, id }: Upload) => {
      running.current.get(key)?.abort()
      setAll((before) => before.filter((one) => one.key !== key))
      // What stays for now is swept away.
      if (id) void call('files.file.delete', { path: { id } }).catch(() => {})
    },
    /** Attaches them, each once however often it is tried. */
    attach: async (issue: string, visibility: 'public' | 'internal') => {
      for (const { key, id } of all) await call('support.issue.attach_file', { path: { id: issue }, body: { file: id, visibility }, key: `${key}-attached` })
      setAll([])
    },
  }
}

/** What makes a place take files that are dropped on it or pasted. */
export function useDrop(to: Uploads, enabled: boolean) {
  const [over, setOver] = useState(false)
  if (!enabled) return {}
  return {
    'data-drop': over || undefined,
    onDragOver: (event: React.DragEvent) => {
      if (!event.dataTransfer.types.includes('Files')) return
      event.preventDefault()
      setOver(true)
    },
    onDragLeave: (event: React.DragEvent) => event.currentTarget.contains(event.relatedTarget as Node | null) || setOver(false),
    onDrop: (event: React.DragEvent) => {
      event.preventDefault()
      setOver(false)
      to.add(event.dataTransfer.files)
    },
    onPaste: (event: React.ClipboardEvent) => {
      if (event.clipboardData.files.length === 0) return
      event.preventDefault()
      to.add(event.clipboardData.files)
    },
  }
}
