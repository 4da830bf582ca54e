// The facts of an item, each with why it is so; of one in the past, with what they are now.
import type { Topic } from '../api/client'
import { useTexts } from '../texts'
import { Cell } from './cell'
import type { Found } from './one'
import { factsOf } from './contract'
import { labelOf, type Resource } from './resource'
import { Why } from './why'

type Thing = Found<Topic>['data']

const valueOf = (row: Thing, name: string) => (row as Record<string, unknown>)[name]
const differs = (row: Thing, now: Thing, name: string) => JSON.stringify(valueOf(row, name)) !== JSON.stringify(valueOf(now, name))

/** How many facts are others now. */
export const differing = (resource: Resource, row: Thing, now: Thing) => factsOf(resource).filter(({ name }) => differs(row, now, name)).length

interface Props {
  resource: Resource
  row: Thing
  /** As it is now, if the row is not. */
  now?: Thing
  /** Up to which position they are explained. */
  until?: number
}

export function Facts({ resource, row, now, until }: Props) {
  const texts = useTexts()
  const { topic } = resource
  return (
    <dl className="facts">
      {factsOf(resource).map((fact) => (
        <div key={fact.name}>
          <dt>{labelOf(resource, fact.name)} <Why topic={topic} id={row.id} field={fact.name} until={until} /></dt>
          <dd>
            <Cell topic={topic} column={fact} row={row} />
            {now && differs(row, now, fact.name) && <div className="now"><span>{texts.past.now}&nbsp;</span><Cell topic={topic} column={fact} row={now} /></div>}
          </dd>
        </div>
      ))}
    </dl>
  )
}
