// Whether the server answers: what waits for it longer than it ever should.
import { store } from './store'

const PATIENCE = 4_000

/** Since when the oldest of what waits was requested, if that is too long. */
const silent = store<number | undefined>(undefined)
export const useSilence = silent.use

const overdue = new Set<{ since: number }>()
const notify = () => silent.set([...overdue][0]?.since)

/** Something is requested; what is returned says that it came, or will not. */
export function waits(): () => void {
  const request = { since: Date.now() }
  const timer = setTimeout(() => { overdue.add(request); notify() }, PATIENCE)
  return () => {
    clearTimeout(timer)
    if (overdue.delete(request)) notify()
  }
}
