// Walking over the rows of a list by J and K; `/` goes to where it is searched.
import type { RefObject } from 'react'
import { useKeys } from './keys'

/** `opens`: whether the row that one comes to is opened, as beside a thing that is shown. Rows are marked by `data-row`. */
export function useWalk(list: RefObject<HTMLElement | null>, opens = false) {
  const step = (by: number) => {
    const rows = [...(list.current?.querySelectorAll<HTMLElement>('[data-row]') ?? [])]
    const at = rows.findIndex((row) => row === document.activeElement)
    const from = at >= 0 ? at : rows.findIndex((row) => row.ariaCurrent === 'page')
    const row = rows[from < 0 ? 0 : from + by]
    row?.focus()
    if (opens) row?.click()
  }
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    '/': () => list.current?.querySelector<HTMLElement>('input[type=search]')?.focus(),
  })
}
