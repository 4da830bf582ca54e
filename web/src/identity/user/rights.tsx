// A person's role as what it lets them do, in sentences, beside the other roles; and acting for them.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { VenetianMask } from 'lucide-react'
import { useState } from 'react'
import { Button } from 'react-aria-components'
import { act } from '../../api/acting'
import { call, type Operation, type Row } from '../../api/client'
import { may, useMe } from '../../api/rights'
import { Command } from '../../kit/command'
import { actOf, rightOf, labelOf } from '../../texts'
import { useRightsTexts } from './texts'
import './rights.css'

type Scopes = Record<string, Record<string, string>>

export function Rights({ row }: { row: Row<'identity.user'> }) {
  const own = useRightsTexts()
  const me = useMe()
  const queries = useQueryClient()
  const [acting, setActing] = useState(false)
  const rights = useQuery({ queryKey: ['rights'], queryFn: async () => (await import('../../api/generated/rights.json')).default as Scopes, staleTime: Infinity })
  const entries = Object.entries(rights.data ?? {}).filter(([, scopes]) => (scopes[row.role ?? ''] ?? 'none') !== 'none')
  const begin = async (_: string, answer: Record<string, unknown>) => {
    const { id, until, access_token: token } = answer as { id: string; until: string; access_token: string }
    const { reason } = (await call('identity.impersonation.find', { path: { id } })).data
    act({ id, until, token, name: row.name ?? row.email ?? '…', reason: reason ?? '' })
    await queries.resetQueries()
  }
  return (
    <section className="rights" aria-labelledby="rights">
      <div className="section-head">
        <h2 id="rights">{own.title}</h2>
        {me && me.user !== row.id && may(me.rights, 'identity.impersonation.start') && (
          <Button className="button" onPress={() => setActing(true)}><VenetianMask size={16} /> {actOf('identity.impersonation.start')}</Button>
        )}
      </div>
      <table className="list">
        <thead><tr><th scope="col">{own.right}</th><th scope="col">{row.role && labelOf(row.role)}</th></tr></thead>
        <tbody>{entries.map(([right, scopes]) => <tr key={right}><th scope="row">{rightOf(right)}</th><td>{labelOf(scopes[row.role ?? '']!)}</td></tr>)}</tbody>
      </table>
      {acting && <Command name="identity.impersonation.start" row={row} close={() => setActing(false)} done={(id, answer) => void begin(id, answer)} />}
    </section>
  )
}

/** How somebody who is registered gets in. */
export function EntryHint({ name }: { name: Operation }) {
  const { entry } = useRightsTexts()
  return name === 'identity.user.register' && <p className="hint">{entry}</p>
}
