// What others see of one, and in which language and zone one reads.
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from 'react-aria-components'
import type { Operation } from '../../api/client'
import { useRefresh } from '../../api/refresh'
import { useMe } from '../../api/rights'
import { Command } from '../../kit/command'
import { one } from '../../kit/one'
import { Value } from '../../kit/value'
import { fieldOf, useTexts, labelOf } from '../../texts'
import { useMeTexts } from './texts'

export function Profile() {
  const texts = useTexts()
  const own = useMeTexts()
  const me = useMe()
  const refresh = useRefresh()
  const [act, setAct] = useState<Operation>()
  const user = useQuery({ ...one('identity.user', me?.user ?? ''), enabled: me !== undefined })
  if (!me) return null
  const row = user.data?.data
  return (
    <section aria-labelledby="profile">
      <h2 id="profile">{own.profile}</h2>
      <dl>
        <dt>{fieldOf('person_name')}</dt><dd>{me.name}</dd>
        <dt>{fieldOf('email')}</dt><dd>{me.email}</dd>
        <dt>{own.language}</dt><dd>{me.language ? labelOf(me.language) : texts.item.none}</dd>
        <dt>{fieldOf('zone')}</dt><dd>{me.zone ?? texts.item.none}</dd>
        <dt>{fieldOf('role')}</dt><dd><Value of={me.role} kind="enum" /></dd>
      </dl>
      <div className="row-end">
        <Button className="button" onPress={() => setAct('identity.user.request_email')}>{own.email}</Button>
        {row && <Button className="button first" onPress={() => setAct('identity.user.change_profile')}>{own.edit}</Button>}
      </div>
      {act && (
        <Command
          name={act}
          row={act === 'identity.user.change_profile' ? row : undefined}
          close={() => setAct(undefined)}
          told={act === 'identity.user.request_email' ? own.mailed : undefined}
          done={() => void refresh('me')}
        />
      )}
    </section>
  )
}
