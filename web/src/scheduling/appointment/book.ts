// The booking dialogue opens from anywhere: what it begins with is in the address.
import { useNavigate, useSearch } from '@tanstack/react-router'

export interface Begun {
  customer?: string
  service?: string
  /** The person or chair that is wished for. */
  with?: string
  /** A wall-clock time. */
  at?: string
}

/** Opens the dialogue. */
export function useBooking() {
  const navigate = useNavigate()
  return ({ customer = 'new', service, at, with: whom }: Begun) =>
    void navigate({ to: '.', search: (before: object) => ({ ...before, book: customer, service, at, with: whom }) } as never)
}

/** What the open dialogue began with, and how it is closed. */
export function useBegun() {
  const navigate = useNavigate()
  const { book, service, at, with: whom } = useSearch({ strict: false }) as Begun & { book?: string }
  return {
    begun: book === undefined ? undefined : { customer: book === 'new' ? undefined : book, service, at, with: whom },
    close: () => navigate({ to: '.', search: (before: object) => ({ ...before, book: undefined, service: undefined, at: undefined, with: undefined }), replace: true } as never),
  }
}
