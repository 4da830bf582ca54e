// What was typed is not lost by leaving: whoever goes back, elsewhere, or closes the tab is asked before.
import { useBlocker } from '@tanstack/react-router'
import { useRef } from 'react'
import { useTexts } from '../texts'

/** `typed`: whether something would be lost. What is returned says that it may be: it was sent, or given up. */
export function useUnsaved(typed: boolean): () => void {
  const texts = useTexts()
  const settled = useRef(false)
  const loses = () => typed && !settled.current
  useBlocker({ shouldBlockFn: () => loses() && !confirm(texts.act.leave), enableBeforeUnload: loses })
  return () => {
    settled.current = true
  }
}
