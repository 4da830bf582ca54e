// That everything here is made up, and whom one may sign in as: on the page on which people sign in to a demonstration.
import { useQuery } from '@tanstack/react-query'
import { call } from '../../api/client'
import { labelOf, useReader } from '../../texts'
import { useSignInTexts } from './texts'

export function Demonstration() {
  const own = useSignInTexts()
  const { locale } = useReader()
  const shown = useQuery({ queryKey: ['platform.demonstration'], queryFn: async ({ signal }) => (await call('platform.demonstration', { signal })).data }).data
  if (!shown) return null
  const { password, accounts } = shown
  const languages = new Intl.DisplayNames(locale, { type: 'language' })
  return (
    <section className="demonstration-accounts" aria-labelledby="demonstration">
      <h2 id="demonstration">{own.demonstration}</h2>
      {password && <p>{own.accounts} <code>{password}</code></p>}
      <ul>{accounts.map(({ login, role, language, is_customer: isCustomer }) => <li key={login}>{login} <small>{isCustomer ? own.customer : labelOf(role)} · {languages.of(language)}</small></li>)}</ul>
    </section>
  )
}
