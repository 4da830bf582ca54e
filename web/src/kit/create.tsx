// What makes a new thing of a topic.
import { useNavigate } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { Button } from 'react-aria-components'
import type { Operation } from '../api/client'
import { may, useMe } from '../api/rights'
import { actOf, useTexts } from '../texts'
import { Command } from './command'
import { useKeys } from './keys'
import { actsOf, isSingle, type Resource } from './resource'

/** The buttons that make a new thing; `C`, if there is one way. */
export function Create({ resource, row }: { resource: Resource; row?: { id: string; version: number } & Record<string, unknown> }) {
  const texts = useTexts()
  const me = useMe()
  const navigate = useNavigate()
  const [act, setAct] = useState<Operation>()
  const single = isSingle(resource.topic)
  const creates = actsOf(resource.topic).create.filter((name) => me && may(me.rights, name))
  const begin = (name: Operation) => (resource.createsOnPage ? void navigate({ to: `/${resource.place}/new` } as never) : setAct(name))
  useKeys({ c: () => creates[0] && begin(creates[0]) })
  return (
    <>
      {creates.map((name) => (
        <Button key={name} className="button first" onPress={() => begin(name)}>
          <Plus size={16} /> {creates.length === 1 && !single ? texts.list.create : actOf(name)}
        </Button>
      ))}
      {act && <Command name={act} row={row} close={() => setAct(undefined)} done={(id) => navigate({ to: single ? `/${resource.place}` : `/${resource.place}/${id}` } as never)} />}
    </>
  )
}
