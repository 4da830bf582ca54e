// Files: their bytes go to where the browser keeps what it downloads.
import { answered, requestOf, type Operation } from '../api/client'
import { Problem } from '../api/problem'
import { toast } from './toast'

/** Saves what is at an address. */
export function saveFrom(href: string, name = '') {
  const link = document.createElement('a')
  link.href = href
  link.download = name
  link.click()
}

/** Saves the bytes that an operation answers. They are asked for here before, since of what is refused the browser would say nothing. */
export async function saveBytes(operation: Operation, path: Record<string, string>, name?: string) {
  try {
    const response = await answered(operation, { path })
    await response.body?.cancel()
    saveFrom(requestOf(operation, { path }).url, name)
  } catch (problem) {
    refused(problem)
  }
}

/** Says why there is no file. */
export const refused = (problem: unknown) => toast(problem instanceof Problem ? problem.detail : String(problem), { bad: true })
