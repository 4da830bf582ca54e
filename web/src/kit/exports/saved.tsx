// Lists and reports that one is sent again and again: what is saved, and how it goes on.
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from 'react-aria-components'
import { call, requestOf, type Call, type Operation, type Topic } from '../../api/client'
import { useMe } from '../../api/rights'
import { actOf, labelOf, useFormats, useReader } from '../../texts'
import { weekday } from '../../texts/weekday'
import { useAct } from '../act'
import { Command } from '../command'
import { More } from '../more'
import { filtered, useRows } from '../rows'
import { Skeleton, Trouble } from '../states'
import { Badge } from '../value'
import { useBusinessZone } from '../zone'
import { titleOf } from './path'
import { useQueryTold } from './query'
import { useTexts } from './texts'

const SAVED = 'files.saved_export' as Topic
const SAVE = 'files.saved_export.save' as Operation
const END = 'files.saved_export.end' as Operation

interface At {
  time: string
  zone: string
}
type Rhythm = { every: 'day'; at: At } | { every: 'week'; day: string; at: At } | { every: 'month'; day: number; at: At }

/** A list or report that is made by a rhythm. */
interface SavedExport {
  id: string
  version: number
  name: string
  path: string
  /** Filters and order, as in a URL. */
  query: string | null
  format: string
  rhythm: Rhythm | null
  /** What the days of a report are when it is made. */
  period?: string | null
  status: 'active' | 'paused' | 'ended'
  next_at: string | null
  recipients: string[]
}

/** Saves what is looked at; `query`: what it is asked for. */
export function Saving({ of, query, close }: { of: Operation; query: Call['query']; close: () => void }) {
  const zone = useBusinessZone()
  const { from, until, ...rest } = query ?? {}
  // Days that stay the same are not made again and again: those of a report go along.
  const period = from === undefined && until === undefined ? null : 'last_week'
  const [path, text] = requestOf(of, { query: rest }).url.split('?')
  const rhythm: Rhythm = { every: 'week', day: 'Mon', at: { time: '07:00:00', zone } }
  return <Save begins={{ name: titleOf(path!), format: 'xlsx', rhythm, period }} path={path!} query={text} close={close} />
}

interface Props {
  begins: Pick<SavedExport, 'name' | 'format' | 'rhythm' | 'period'>
  path: string
  query: string | undefined
  recipients?: string[]
  close: () => void
  done?: () => void
}

/** Whoever sees all users may send it to others; a period is chosen where there is one. */
function Save({ begins, path, query, recipients, close, done }: Props) {
  const me = useMe()!
  const sent = { recipients: recipients ?? [me.user] }
  const others = me.rights.users_read === 'all'
  const settled = { path, query, owner: me.user, ...(begins.period ? {} : { period: null }), ...(others ? {} : sent) }
  return <Command name={SAVE} begins={{ ...begins, ...sent }} settled={settled} close={close} done={done} />
}

/** What one has saved oneself. */
export function Saved() {
  const texts = useTexts()
  const me = useMe()
  const { list, rows } = useRows(SAVED, { sort: 'name', ...filtered({ owner: me?.user, status: '!ended' }) }, me !== undefined)
  if (list.isPending) return <Skeleton />
  if (list.isError) return <Trouble error={list.error} retry={() => void list.refetch()} />
  return (
    <section aria-labelledby="saved">
      <h2 id="saved">{texts.saved}</h2>
      <p>{texts.savedHint}</p>
      {rows.length === 0 && <p className="hint">{texts.none}</p>}
      <div>{(rows as unknown as SavedExport[]).map((one) => <Line key={one.id} of={one} />)}</div>
      <More of={list} />
    </section>
  )
}

type Doing = 'change' | 'end'

function Line({ of }: { of: SavedExport }) {
  const texts = useTexts()
  const formats = useFormats()
  const rhythmOf = useRhythm()
  const act = useAct()
  const told = useQueryTold()
  const [doing, setDoing] = useState<Doing>()
  const about = [`${titleOf(of.path)}, ${labelOf(of.format)}`, of.query && told(of.query), of.period && labelOf(of.period), of.rhythm && rhythmOf(of.rhythm), of.next_at && texts.next(formats.moment(of.next_at))]
  const pause = `files.saved_export.${of.status === 'paused' ? 'resume' : 'pause'}` as Operation
  const button = (name: string, press: () => void) => <Button className="button" aria-label={`${name}: ${of.name}`} onPress={press}>{name}</Button>
  return (
    <div className="line">
      <span>{of.name} {of.status === 'paused' && <Badge of={of.status} />}<small>{about.filter(Boolean).join(' · ')}</small></span>
      {of.rhythm && button(actOf(pause), () => void act(pause, { row: of, called: of.name }))}
      {of.status === 'active' && button(texts.change, () => setDoing('change'))}
      {button(actOf(END), () => setDoing('end'))}
      {doing === 'change' && <Change of={of} close={() => setDoing(undefined)} />}
      {doing === 'end' && <Command name={END} row={{ ...of }} close={() => setDoing(undefined)} />}
    </div>
  )
}

/** What is saved stays as it was saved: another one takes its place. */
function Change({ of, close }: { of: SavedExport; close: () => void }) {
  const queries = useQueryClient()
  const replace = async () => {
    await call(END, { path: { id: of.id } })
    await queries.invalidateQueries({ queryKey: [SAVED] })
  }
  const { name, format, rhythm, period, path, query, recipients } = of
  return <Save begins={{ name, format, rhythm, period }} path={path} query={query ?? undefined} recipients={recipients} close={close} done={() => void replace()} />
}

/** When it is made: "every Monday at 07:00". */
function useRhythm() {
  const texts = useTexts()
  const { locale } = useReader()
  return (rhythm: Rhythm) => {
    const time = rhythm.at.time.slice(0, 5)
    if (rhythm.every === 'day') return texts.daily(time)
    return rhythm.every === 'week' ? texts.weekly(weekday(rhythm.day, locale), time) : texts.monthly(rhythm.day, time)
  }
}
