// Where one is signed in, and how to end what one does not know.
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Button } from 'react-aria-components'
import { call } from '../../api/client'
import { useRefresh } from '../../api/refresh'
import { useMe } from '../../api/rights'
import { forget } from '../../kit/leave'
import { More } from '../../kit/more'
import { filtered, useRows } from '../../kit/rows'
import { Skeleton, Trouble } from '../../kit/states'
import { toast } from '../../kit/toast'
import { useFormats, labelOf } from '../../texts'
import { useMeTexts } from './texts'

export function Sessions() {
  const own = useMeTexts()
  const formats = useFormats()
  const me = useMe()
  const queries = useQueryClient()
  const refresh = useRefresh()
  const navigate = useNavigate()
  const { list, rows } = useRows('identity.session', { sort: '-created_at', ...filtered({ account: me?.user }) }, me !== undefined)
  if (list.isPending) return <Skeleton />
  if (list.isError) return <Trouble error={list.error} retry={() => void list.refetch()} />
  const now = new Date().toISOString()
  const live = rows.filter(({ until }) => until > now)
  const end = async (id: string) => {
    await call('identity.session.delete', { path: { id } })
    toast(own.ended)
    await refresh('identity.session')
  }
  const endAll = async () => {
    await call('identity.session.end_all')
    forget(queries)
    void navigate({ to: '/sign-in' })
  }
  return (
    <section aria-labelledby="sessions">
      <h2 id="sessions">{own.sessions}</h2>
      <p>{own.sessionsHint}</p>
      <div>
        {live.map(({ id, agent, address, methods, created_at, until }) => (
          <div className="line" key={id}>
            <span>
              {browserOf(agent)} {address && <span className="hint">{address}</span>}
              <small>{[own.began(formats.moment(created_at)), own.until(formats.moment(until)), ...(methods ?? []).map(labelOf)].join(' · ')}</small>
            </span>
            {id === me?.session ? <span className="hint">{own.here}</span> : <Button className="button" onPress={() => void end(id)}>{own.notMe}</Button>}
          </div>
        ))}
        <More of={list} />
      </div>
      <div className="row-end"><Button className="button bad" onPress={() => void endAll()}>{own.endAll}</Button></div>
    </section>
  )
}

/** "Firefox, Linux" of what a browser says of itself. */
function browserOf(agent: string | null | undefined): string {
  if (!agent) return '–'
  const browser = /(Firefox|Edg|OPR|Chrome|Safari)\//.exec(agent)?.[1] ?? agent.split(/[ /]/)[0]!
  const system = /(Windows|Android|iPhone|iPad|Mac OS X|Linux)/.exec(agent)?.[1]
  return [{ Edg: 'Edge', OPR: 'Opera' }[browser] ?? browser, system].filter(Boolean).join(', ')
}
