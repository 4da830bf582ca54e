// Booking from every page: N, or an address that asks for it.
import { lazy, Suspense } from 'react'
import { may, useMe } from '../../api/rights'
import { useKeys } from '../../kit/keys'
import { useBegun, useBooking } from './book'

const Booking = lazy(async () => ({ default: (await import('./booking')).Booking }))

export function BookingAnywhere() {
  const me = useMe()
  const book = useBooking()
  const { begun } = useBegun()
  const allowed = me !== undefined && may(me.rights, 'scheduling.appointment.hold')
  useKeys({ n: allowed && (() => book({})) }, 'shell')
  return allowed && begun && <Suspense><Booking /></Suspense>
}
