// One field for everything: places, and things of all lists that may be seen.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useDeferredValue, useState } from 'react'
import { Dialog, Modal, ModalOverlay } from 'react-aria-components'
import { call, type Operation } from '../api/client'
import { may, useMe } from '../api/rights'
import { useWords } from '../words'
import { resources, type Resource } from './resource'

const EACH = 4
const SEARCHED = ['crm.customer', 'organizations.cabinet', 'licensing.license', 'support.issue']

export function Palette({ close }: { close: () => void }) {
  const words = useWords()
  const me = useMe()
  const [typed, setTyped] = useState('')
  const q = useDeferredValue(typed.trim())
  const places = resources().filter(({ topic }) => me && may(me.rights, `${topic}.list`))
  const named = places.filter(({ topic }) => words.places[topic]?.toLowerCase().includes(typed.toLowerCase()))
  const searched = places.filter(({ topic }) => SEARCHED.includes(topic))
  return (
    <ModalOverlay className="veil" isOpen isDismissable onOpenChange={(open) => open || close()}>
      <Modal className="dialog palette">
        <Dialog aria-label={words.palette.open}>
          <input autoFocus aria-label={words.palette.open} placeholder={words.palette.open} value={typed} onChange={(event) => setTyped(event.target.value)} />
          <ul onClick={close}>
            {named.map((place) => (
              <li key={place.topic}><Link to={`/${place.place}` as never}><place.icon size={16} aria-hidden="true" /> {words.places[place.topic]} <small>{words.palette.places}</small></Link></li>
            ))}
            {q && searched.map((resource) => <Things key={resource.topic} of={resource} q={q} />)}
          </ul>
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}

function Things({ of: resource, q }: { of: Resource; q: string }) {
  const words = useWords()
  const found = useQuery({
    queryKey: [resource.topic, 'find', q],
    queryFn: ({ signal }) =>
      call(`${resource.topic}.list` as Operation, { query: { q, limit: EACH }, signal }) as unknown as Promise<{ data: { id: string }[] }>,
  })
  return found.data?.data.map((row) => (
    <li key={row.id}>
      <Link to={`/${resource.place}/${row.id}` as never}>
        <resource.icon size={16} aria-hidden="true" /> {resource.title(row as never)} <small>{words.places[resource.topic]}</small>
      </Link>
    </li>
  ))
}
