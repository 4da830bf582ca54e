// While one acts for somebody else, every page says so and how to end it.
import { useQueryClient } from '@tanstack/react-query'
import { Button } from 'react-aria-components'
import { act, type Acting as As } from '../api/acting'
import { call } from '../api/client'
import { useReader } from '../texts'

export function Acting({ as }: { as: As }) {
  const { texts, locale, zone } = useReader()
  const queries = useQueryClient()
  const until = new Intl.DateTimeFormat(locale, { timeStyle: 'short', timeZone: zone }).format(new Date(as.until))
  const end = async () => {
    act(undefined)
    await call('identity.impersonation.end', { path: { id: as.id }, body: {} })
    await queries.resetQueries()
  }
  return (
    <div className="acting" role="status">
      <strong>{texts.nav.acting(as.name, until)}</strong> <span>{as.reason}</span>
      <Button className="button" onPress={() => void end()}>{texts.nav.end}</Button>
    </div>
  )
}
