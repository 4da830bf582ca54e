// Finds the customer who is booked for, or makes a new one in place.
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query'
import { UserPlus, X } from 'lucide-react'
import { useDeferredValue, useState, type KeyboardEvent } from 'react'
import { Button } from 'react-aria-components'
import { call } from '../../api/client'
import { Problem } from '../../api/problem'
import { useRefresh } from '../../api/refresh'
import { may, useMe } from '../../api/rights'
import { faultsOf } from '../../kit/faults'
import { Needed } from '../../kit/needed'
import { Avatar } from '../../kit/value'
import { customerOf } from './queries'
import { nameOrReach } from './reach'
import { useTexts } from './texts'

interface Props {
  chosen?: string
  choose: (customer?: string) => void
}

const EACH = 5

export function Who({ chosen, choose }: Props) {
  return chosen ? <ChosenCustomer id={chosen} choose={choose} /> : <CustomerSearch choose={choose} />
}

function ChosenCustomer({ id, choose }: { id: string; choose: Props['choose'] }) {
  const texts = useTexts()
  const { data } = useQuery(customerOf(id))
  return (
    <div className="chosen-customer">
      <Avatar id={id} name={data?.display_name ?? '…'} />
      <span><strong>{data?.display_name}</strong><small>{data?.contact_points[0]?.value}</small></span>
      <Button className="button quiet" aria-label={texts.another} onPress={() => choose(undefined)}><X size={16} /></Button>
    </div>
  )
}

function CustomerSearch({ choose }: { choose: Props['choose'] }) {
  const texts = useTexts()
  const me = useMe()
  const [typed, setTyped] = useState('')
  const [making, setMaking] = useState(false)
  const q = useDeferredValue(typed.trim())
  const found = useQuery({
    queryKey: ['crm.customer', 'find', q],
    queryFn: ({ signal }) => call('crm.customer.list', { query: { q, 'filter[status]': 'active', limit: EACH }, signal }),
    placeholderData: keepPreviousData,
  })
  if (making) return <New {...nameOrReach(typed.trim())} choose={choose} back={() => setMaking(false)} />
  return (
    <div className="field who" onKeyDownCapture={walk}>
      <label htmlFor="who">{texts.customer}</label>
      <input id="who" autoFocus autoComplete="off" placeholder={texts.findCustomer} value={typed} onChange={(event) => setTyped(event.target.value)} />
      <ul aria-live="polite">
        {q && found.data?.data.map((row) => (
          <li key={row.id}>
            <Button className="button quiet" onPress={() => choose(row.id)}><Avatar id={row.id} name={row.display_name ?? '?'} /> <span>{row.display_name}<small>{row.contact_points[0]?.value}</small></span></Button>
          </li>
        ))}
        {me && may(me.rights, 'crm.customer.create') && <li><Button className="button quiet" onPress={() => setMaking(true)}><UserPlus size={16} /> {typed.trim() ? texts.newCalled(typed.trim()) : texts.newCustomer}</Button></li>}
      </ul>
    </div>
  )
}

/** The arrow keys lead from the field into what was found, and back; so does Enter. */
function walk(event: KeyboardEvent<HTMLElement>) {
  const stops = [...event.currentTarget.querySelectorAll<HTMLElement>('input, li button')]
  const at = stops.indexOf(event.target as HTMLElement)
  const step = event.key === 'ArrowDown' || (event.key === 'Enter' && at === 0) ? 1 : event.key === 'ArrowUp' ? -1 : 0
  if (step === 0) return
  event.preventDefault()
  stops[at + step]?.focus()
}

function New({ name: typedName, reach: typedReach, choose, back }: { name: string; reach: string; choose: Props['choose']; back: () => void }) {
  const texts = useTexts()
  const refresh = useRefresh()
  const [name, setName] = useState(typedName)
  const [reach, setReach] = useState(typedReach)
  const make = useMutation({
    mutationFn: () => {
      const contact = reach.trim() && { kind: reach.includes('@') ? 'email' : 'phone', value: reach.trim() }
      return call('crm.customer.create', { body: contact ? { name, contact_points: [contact] } : { name, walk_in: true } })
    },
    onSuccess: async ({ data }) => {
      await refresh('crm.customer')
      choose(data.id)
    },
  })
  const refused = make.error instanceof Problem ? make.error : undefined
  return (
    <fieldset>
      <legend>{texts.newCustomer}</legend>
      <label className="field"><span className="label">{texts.name}<Needed /></span><input required autoFocus value={name} onChange={(event) => setName(event.target.value)} /></label>
      <label className="field"><span className="label">{texts.reach}</span><input value={reach} onChange={(event) => setReach(event.target.value)} /><span className="hint">{texts.reachHint}</span></label>
      {refused && <p className="fault" role="alert">{Object.values(faultsOf(refused))[0] ?? refused.detail}</p>}
      <div className="row-end">
        <Button className="button" onPress={back}>{texts.backToFind}</Button>
        <Button className="button" isDisabled={!name.trim() || make.isPending} onPress={() => make.mutate()}>{texts.keep}</Button>
      </div>
    </fieldset>
  )
}
