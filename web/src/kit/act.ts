// An act without a dialogue: it is sent at once, and says what became of it.
import { call, type Operation } from '../api/client'
import { Problem } from '../api/problem'
import { useRefresh } from '../api/refresh'
import { actOf, useTexts } from '../texts'
import { toast } from './toast'

interface Act {
  row: { id: string; version?: number }
  /** The other parts of the path. */
  path?: Record<string, string>
  body?: unknown
  undo?: () => void
  /** What it is done to, as the note calls it. */
  called?: string
  /** Nothing is said when it went well: one sees it. */
  quiet?: boolean
}

/** Whether it was done. */
export function useAct() {
  const refresh = useRefresh()
  const texts = useTexts()
  return async (name: Operation, { row, path, body, undo, called, quiet }: Act): Promise<boolean> => {
    try {
      await call(name, { path: { id: row.id, ...path }, body, version: row.version })
      if (!quiet) toast(texts.act.done(actOf(name), called), { undo })
      return true
    } catch (problem) {
      toast(problem instanceof Problem ? problem.detail : String(problem), { bad: true })
      return false
    } finally {
      void refresh(name)
    }
  }
}
