// Organisations: their tree on the left, in which they are moved, and the chosen one on the right.
import { useParams } from '@tanstack/react-router'
import { CornerDownRight } from 'lucide-react'
import { useDeferredValue, useState, type CSSProperties, type DragEvent } from 'react'
import type { Operation, Row } from '../../api/client'
import { may, useMe } from '../../api/rights'
import { useAct } from '../../kit/act'
import { Command } from '../../kit/command'
import { SplitView, SplitRow } from '../../kit/split-view'
import { Find, useNarrowed } from '../../kit/filters'
import { Item } from '../../kit/item'
import { useKeys } from '../../kit/keys'
import { Create } from '../../kit/create'
import { More } from '../../kit/more'
import { resourceOf } from '../../kit/resource'
import { useRows } from '../../kit/rows'
import { Skeleton, Trouble } from '../../kit/states'
import { Badge } from '../../kit/value'
import { useTexts as useSharedTexts } from '../../texts'
import { tree } from './tree'
import { useTexts } from './texts'
import './organisations.css'

type Cabinet = Row<'organizations.cabinet'>
const ALL = 200

export function Organisations() {
  const texts = useTexts()
  const resource = resourceOf('organizations.cabinet')!
  return (
    <SplitView place="organizations" title={texts.title} acts={<Create resource={resource} />} none={texts.none} list={<Tree />}>
      {(id) => <Item key={id} resource={resource} />}
    </SplitView>
  )
}

/** One that stands below another is moved; one that stands alone asks to be taken in. */
const moving = ({ parent_id }: Cabinet): Operation => (parent_id ? 'organizations.cabinet.move' : 'organizations.cabinet.attach')

function Tree() {
  const texts = useTexts()
  const shared = useSharedTexts()
  const me = useMe()
  const act = useAct()
  const [{ q: typed }] = useNarrowed()
  const q = useDeferredValue(typed)
  const { id } = useParams({ strict: false }) as { id?: string }
  const { list, rows } = useRows('organizations.cabinet', { q, sort: 'name', limit: ALL })
  const [moved, setMoved] = useState<Cabinet>()
  const moves = me !== undefined && may(me.rights, 'organizations.cabinet.move')
  const open = rows.find((row) => row.id === id)
  useKeys({ m: moves && open !== undefined && (() => setMoved(open)) })
  const dropOn = (parent: Cabinet) => (event: DragEvent) => {
    event.preventDefault()
    const row = rows.find((row) => row.id === event.dataTransfer.getData('text/plain'))
    if (!row || row.id === parent.id || row.parent_id === parent.id) return
    const back = row.parent_id
    void act(moving(row), { row: { id: row.id }, body: { parent: parent.id }, undo: back ? () => void act('organizations.cabinet.move', { row: { id: row.id }, body: { parent: back } }) : undefined })
  }
  return (
    <>
      <Find />
      {list.isPending && <Skeleton />}
      {list.isError && <Trouble error={list.error} retry={() => void list.refetch()} />}
      {list.isSuccess && rows.length === 0 && <p className="hint">{q ? shared.list.noMatch(q) : shared.list.empty}</p>}
      <ul className="tree">
        {tree(rows).map(({ of: row, depth }) => (
          <SplitRow
            key={row.id}
            place="organizations"
            id={row.id}
            faint={row.standing !== 'active'}
            style={{ '--depth': depth } as CSSProperties}
            draggable={moves}
            onDragStart={(event) => event.dataTransfer.setData('text/plain', row.id)}
            onDragOver={(event) => event.preventDefault()}
            onDrop={dropOn(row)}
          >
            <span>
              {depth > 0 && <CornerDownRight size={14} aria-hidden="true" />}
              <strong>{row.name ?? '…'}</strong>
              {row.standing !== 'active' && <span className="badges"><Badge of={row.standing} /></span>}
            </span>
          </SplitRow>
        ))}
      </ul>
      <More of={list} />
      {moves && rows.length > 1 && <p className="hint">{texts.moveHint}</p>}
      {moved && <Command name={moving(moved)} row={moved} close={() => setMoved(undefined)} />}
    </>
  )
}
