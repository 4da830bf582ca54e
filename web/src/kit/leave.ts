// Leaving the portal: nothing is left of what was known to whoever was signed in, nor of what they could take back.
import type { QueryClient } from '@tanstack/react-query'
import { act } from '../api/acting'
import { forgetToasts } from './toast'

export function forget(queries: QueryClient) {
  act(undefined)
  forgetToasts()
  queries.clear()
}
