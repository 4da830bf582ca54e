// Everything that happened, to whatever it happened: by whom, since when, to what; and what one act led to.
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { Button } from 'react-aria-components'
import type { Row } from '../api/client'
import { may, useMe } from '../api/rights'
import '../kit/contract'
import { More } from '../kit/more'
import { useActorOf, useNameOf } from '../kit/names'
import { Pick } from '../kit/pick'
import { resourceOf, resources } from '../kit/resource'
import { useRows } from '../kit/rows'
import { Skeleton, Trouble } from '../kit/states'
import { useBusinessZone, utcOf } from '../kit/zone'
import { eventOf, useFormats, useTexts } from '../texts'
import { AuditTop } from './pages'
import { usePlatformTexts } from './texts'
import './platform.css'

type Entry = Row<'platform.audit'>
type Narrowed = { actor?: string; topic?: string; since?: string }

export function Audit() {
  const texts = useTexts()
  const own = usePlatformTexts()
  const navigate = useNavigate()
  const [act, setAct] = useState<string>()
  const zone = useBusinessZone()
  const me = useMe()
  const areas = resources().filter(({ topic }) => me && (may(me.rights, `${topic}.list`) || may(me.rights, `${topic}.find`)))
  const { actor, topic, since } = useSearch({ strict: false }) as Narrowed
  const { list, rows: entries } = useRows('platform.audit', { actor, topic, since: since && utcOf(since, zone), limit: 100 })
  const narrow = (to: Narrowed) => void navigate({ to: '.', search: (before: object) => ({ ...before, ...to }), replace: true } as never)
  const counts = new Map<string, number>()
  for (const { correlation } of entries) counts.set(correlation, (counts.get(correlation) ?? 0) + 1)
  return (
    <>
      <AuditTop title={texts.places['platform.audit']!} />
      <div className="page">
        <div className="filters">
          <Pick topic="identity.user" label={own.who} value={actor} change={(actor) => narrow({ actor })} />
          <Select label={own.what} all={own.anything} value={topic} choose={(topic) => narrow({ topic })} of={areas.map(({ topic }) => [topic, texts.places[topic] ?? topic])} />
          <label className="field"><span className="label">{own.since}</span><input type="date" value={since ?? ''} onChange={(event) => narrow({ since: event.target.value || undefined })} /></label>
          {act && <Button className="button" onPress={() => setAct(undefined)}>{own.together(counts.get(act) ?? 0)} ×</Button>}
        </div>
        {list.isPending && <Skeleton />}
        {list.isError && <Trouble error={list.error} retry={() => void list.refetch()} />}
        {list.isSuccess && entries.length === 0 && <p>{texts.list.empty}</p>}
        <ol className="stream">
          {entries.filter(({ correlation }) => !act || correlation === act).map((entry) => (
            <Line key={`${entry.position} ${entry.id}`} of={entry} together={counts.get(entry.correlation) ?? 1} only={act ? undefined : () => setAct(entry.correlation)} />
          ))}
        </ol>
        <More of={list} />
      </div>
    </>
  )
}

function Line({ of, together, only }: { of: Entry; together: number; only?: () => void }) {
  const texts = useTexts()
  const own = usePlatformTexts()
  const formats = useFormats()
  const actorOf = useActorOf()
  const about = useNameOf()(of.id)
  const actor = actorOf(of.actor)
  const behalf = actorOf(of.on_behalf_of)
  const resource = resourceOf(of.topic)
  const sentence = eventOf(of.type, behalf ? texts.item.behalf(actor ?? texts.item.system, behalf) : actor)
  return (
    <li data-followed={of.causation ? '' : undefined}>
      <span className="num">{texts.item.record(of.position)}</span>
      <span>
        {resource ? <Link className="reference" to={`/${resource.place}/${of.id}` as never}>{sentence}</Link> : sentence}
        <small>{about && <b>{about} · </b>}{[texts.places[of.topic] ?? of.topic, of.network, of.causation && texts.item.followed].filter(Boolean).join(' · ')}</small>
      </span>
      {together > 1 && only ? <Button className="link" onPress={only} aria-label={own.only}>{own.together(together)}</Button> : <span />}
      <time dateTime={of.recorded_at} title={formats.moment(of.recorded_at)}>{formats.ago(of.recorded_at)}</time>
    </li>
  )
}

interface Choice {
  label: string
  all: string
  value?: string
  choose: (value: string | undefined) => void
  of: [value: string, name: string][]
}

function Select({ label, all, value, choose, of }: Choice) {
  return (
    <span className="field">
      <select aria-label={label} value={value ?? ''} onChange={(event) => choose(event.target.value || undefined)}>
        <option value="">{label}: {all}</option>
        {of.map(([value, name]) => <option key={value} value={value}>{name}</option>)}
      </select>
    </span>
  )
}
