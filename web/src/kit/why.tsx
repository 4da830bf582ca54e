// Why a field is what it is: the changes that it went through, the last one first.
import { useQuery } from '@tanstack/react-query'
import { CircleQuestionMark } from 'lucide-react'
import { useRef } from 'react'
import { Button, Dialog, DialogTrigger, Popover } from 'react-aria-components'
import { call, type Operation, type Topic } from '../api/client'
import { may, useMe } from '../api/rights'
import { fieldOf, useTexts } from '../texts'
import { Cell } from './cell'
import { Events, type Happened } from './history'
import { factsOf } from './contract'
import { resourceOf } from './resource'
import { Skeleton, Trouble } from './states'

interface Props {
  topic: string
  id: string
  field: string
  /** Up to which position of the record; without it, up to now. */
  until?: number
}

export function Why(props: Props) {
  const { topic, field } = props
  const texts = useTexts()
  const me = useMe()
  // What is explained stays in sight: it opens below the fact.
  const fact = useRef<HTMLElement>(null)
  const sign = (button: HTMLElement | null) => { fact.current = button?.closest<HTMLElement>('.facts > div') ?? button }
  if (!me || !may(me.rights, `${topic}.explain`)) return null
  return (
    <DialogTrigger>
      <Button ref={sign} className="why" aria-label={texts.item.why(fieldOf(field))}><CircleQuestionMark size={14} /></Button>
      <Popover className="popover" placement="bottom start" triggerRef={fact}>
        <Dialog aria-label={texts.item.because}><Explained {...props} /></Dialog>
      </Popover>
    </DialogTrigger>
  )
}

function Explained({ topic, id, field, until = Infinity }: Props) {
  const texts = useTexts()
  const explained = useQuery({
    queryKey: [topic, 'explain', id, field],
    queryFn: ({ signal }) =>
      call(`${topic}.explain` as Operation, { path: { id }, query: { field, include: 'names' }, signal }) as unknown as Promise<{ data: { changes: Happened[] } }>,
  })
  if (explained.isPending) return <Skeleton rows={2} />
  if (explained.isError) return <Trouble error={explained.error} />
  const changes = explained.data.data.changes.filter(({ position }) => position <= until)
  return <><h2>{fieldOf(field)}</h2>{changes.length === 0 ? <p>{texts.item.derived}</p> : <Events of={changes} value={(of) => <Source topic={topic} of={of} explained={field} />} />}</>
}

/** What a field became, as the facts show it; named, where it is another than the one that is explained and follows from it. */
function Source({ topic, of, explained }: { topic: string; of: Happened; explained: string }) {
  const { field = explained, value } = of
  const resource = resourceOf(topic)
  const fact = resource && factsOf(resource).find(({ name, alone }) => alone && name === field)
  return <>{field !== explained && `${fieldOf(field)}: `}<Cell topic={topic as Topic} column={fact ?? { name: field }} row={{ [field]: value } as never} /></>
}
