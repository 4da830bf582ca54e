// The past of a thing: a slider over the positions of its history. What it then was is only read.
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { History as Clock, X } from 'lucide-react'
import { Button } from 'react-aria-components'
import type { Topic } from '../api/client'
import { useFormats, useTexts } from '../texts'
import { useHistory } from './history'
import { useKeys } from './keys'
import { one } from './one'
import './past.css'

/** A thing as the address says: as it is, or as it was at a position of the record or an instant. */
export function useMoment<T extends Topic>(topic: T, id: string) {
  const { as_of: asOf } = useSearch({ strict: false }) as { as_of?: number | string }
  const navigate = useNavigate()
  const go = (position: number | undefined) => void navigate({ to: '.', search: (before: object) => ({ ...before, as_of: position }), replace: true } as never)
  const now = useQuery(one(topic, id))
  const then = useQuery({ ...one(topic, id, asOf), enabled: asOf !== undefined })
  const past = asOf === undefined ? undefined : then.data?.meta.as_of
  return { item: asOf === undefined ? now : then, now: now.data?.data, past, go }
}

type Moment = Pick<ReturnType<typeof useMoment>, 'past' | 'go'>

/** Where the thing stands among its events, and the steps to those before and after. */
function useSteps(topic: string, id: string, { past, go }: Moment) {
  const positions = useHistory(topic, id).events.map(({ position }) => position)
  const last = positions.length - 1
  const at = past ? positions.findLastIndex((position) => position <= past.position) : last
  const to = (step: number) => {
    if (step >= 0 && step <= last && step !== at) go(step === last ? undefined : positions[step])
  }
  useKeys({ 'shift+ArrowLeft': () => to(at - 1), 'shift+ArrowRight': () => to(at + 1) })
  return { at, last, to }
}

interface Props extends Moment {
  topic: string
  id: string
}

/** The way into the past, where there is one. */
export function IntoPast({ topic, id, ...moment }: Props) {
  const texts = useTexts()
  const { at, last, to } = useSteps(topic, id, moment)
  if (last < 1) return null
  return <Button className="button quiet" aria-label={texts.past.open} onPress={() => to(at - 1)}><Clock size={16} /></Button>
}

/** The bar over what a thing was; `differing` is how many of its facts are others now. */
export function Past({ topic, id, differing, ...moment }: Props & { differing: number }) {
  const texts = useTexts()
  const formats = useFormats()
  const { at, last, to } = useSteps(topic, id, moment)
  const { past, go } = moment
  if (!past) return null
  const when = formats.moment(past.at)
  return (
    <div className="past">
      <p role="status"><Clock size={16} aria-hidden="true" /><strong>{texts.past.asOf(when)}</strong> <span>{texts.past.differs(differing)} {texts.past.fixed}</span></p>
      <input type="range" min={0} max={Math.max(last, 0)} value={Math.max(at, 0)} onChange={(event) => to(Number(event.target.value))} aria-label={texts.item.happened} aria-valuetext={`${texts.item.record(past.position)}, ${when}`} />
      <span className="num">{texts.item.record(past.position)}</span>
      <Button className="button" onPress={() => go(undefined)}><X size={16} /> {texts.past.back}</Button>
    </div>
  )
}
