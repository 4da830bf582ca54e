// The way in: mail and password, and a code where the account asks for one.
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { Button } from 'react-aria-components'
import { call } from '../../api/client'
import { Problem } from '../../api/problem'
import { me } from '../../api/rights'
import { Heading } from '../../kit/states'
import { Language, useWords } from '../../words'

export function SignIn() {
  return <Language><Form /></Language>
}

function Form() {
  const words = useWords()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const { to } = useSearch({ strict: false }) as { to?: string }
  const [second, setSecond] = useState(false)
  const [fault, setFault] = useState('')
  const enter = async (form: FormData) => {
    const code = form.get('code') || undefined
    try {
      await call('identity.session.login', { body: { login: form.get('login'), password: form.get('password'), code } })
      await queries.fetchQuery({ ...me, staleTime: 0 })
      await navigate({ to: to?.startsWith('/') ? to : '/' } as never)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      setSecond(second || error.code === 'second_factor_required')
      setFault(error.code === 'second_factor_required' ? words.secondFactor.hint : error.detail)
    }
  }
  return (
    <main className="sign-in">
      <form onSubmit={(event) => { event.preventDefault(); void enter(new FormData(event.currentTarget)) }}>
        <img src="/app/mark.svg" alt="" width="32" height="32" />
        <Heading>{words.signIn.title}</Heading>
        <label className="field"><span className="label">{words.signIn.login}</span><input name="login" type="email" autoComplete="username" required /></label>
        <label className="field"><span className="label">{words.signIn.password}</span><input name="password" type="password" autoComplete="current-password" required /></label>
        {second && <label className="field"><span className="label">{words.secondFactor.code}</span><input name="code" inputMode="numeric" autoComplete="one-time-code" required autoFocus /></label>}
        {fault && <p className="fault" role="alert">{fault}</p>}
        <Button type="submit" className="button first">{words.signIn.submit}</Button>
      </form>
      <div><p>{words.signIn.motto}</p></div>
    </main>
  )
}
