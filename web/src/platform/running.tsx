// Whether the system is ready, how far it is, and what got stuck with what can be done about it.
import { useQuery } from '@tanstack/react-query'
import { CircleCheck, CircleX } from 'lucide-react'
import { Button } from 'react-aria-components'
import { call, type Operation } from '../api/client'
import { Problem } from '../api/problem'
import { useRefresh } from '../api/refresh'
import { More } from '../kit/more'
import { Top } from '../kit/shell'
import { Heading, Skeleton, Trouble } from '../kit/states'
import { toast } from '../kit/toast'
import { actOf, useFormats, useTexts } from '../texts'
import { usePlatformRows } from './rows'
import { usePlatformTexts } from './texts'
import './platform.css'

const EVERY = 5_000

export function Running() {
  const texts = useTexts()
  const own = usePlatformTexts()
  const formats = useFormats()
  const refresh = useRefresh()
  const ready = useQuery({ queryKey: ['operations', 'ready'], queryFn: ({ signal }) => call('operations.ready', { signal }), refetchInterval: EVERY })
  const { list: parked, rows: streams } = usePlatformRows('platform.parked.list', EVERY)
  const act = async (name: Operation, body: object) => {
    try {
      await call(name, { body })
      toast(texts.act.done(actOf(name)))
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      toast(error.detail, { bad: true })
    }
    await refresh('platform.parked')
  }
  const well = ready.data?.ready === true
  return (
    <>
      <Top><div className="crumbs"><Heading>{own.title}</Heading></div><span className="grow" /></Top>
      <div className="page">
        {ready.isPending ? <Skeleton rows={1} /> : (
          <div className="figures">
            <p data-well={well}>{well ? <CircleCheck aria-hidden="true" /> : <CircleX aria-hidden="true" />}<strong>{well ? own.ready : own.notReady}</strong></p>
            <p><strong className="num">{formats.number(parked.data?.pages[0]?.meta.position ?? 0)}</strong> {own.position}</p>
            <p><strong className="num">{formats.number(streams.length)}{parked.hasNextPage && '+'}</strong> {own.stuck}</p>
          </div>
        )}
        <section aria-labelledby="stuck">
          <h2 id="stuck">{own.stuck}</h2>
          <p className="hint">{own.stuckHint}</p>
          {parked.isPending && <Skeleton rows={2} />}
          {parked.isError && <Trouble error={parked.error} retry={() => void parked.refetch()} />}
          {parked.isSuccess && streams.length === 0 && <p>{own.nothing}</p>}
          <ol className="stream">
            {streams.map(({ consumer, stream, id, version, position, error, attempts, next_at: next, permanent }) => (
              <li key={`${consumer} ${stream} ${id}`}>
                <span className="num">{texts.item.record(position)}</span>
                <span>{consumer}<small>{[stream, error, own.attempts(attempts), permanent ? own.forGood : next && own.next(formats.ago(next))].filter(Boolean).join(' · ')}</small></span>
                <Button className="button" onPress={() => void act('platform.parked.retry', { consumer, stream, id })}>{own.retry}</Button>
                <Button className="button bad" onPress={() => void act('platform.parked.discard', { consumer, stream, id, version })}>{own.discard}</Button>
              </li>
            ))}
          </ol>
          <More of={parked} />
        </section>
      </div>
    </>
  )
}
