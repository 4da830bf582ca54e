// What becomes of a replay: how far it is, then how it is read and what is in it.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Fragment } from 'react'
import type { Row } from '../../api/client'
import { Code } from '../../kit/copy'
import { one } from '../../kit/one'
import { Section } from '../../kit/related'
import { fieldOf, placeOf, useFormats } from '../../texts'
import { views } from '../dictionary'
import { useTexts } from '../texts'
import { Difference, WhatIf } from './counterfactual'
import '../analytics.css'

type Replay = Row<'analytics.replay'>

export function Outcome({ row, at }: { row: Replay & { id: string }; at?: string }) {
  return (
    <>
      {row.scenario && <WhatIf of={row.scenario} />}
      {row.status === 'requested' && !at && <Progress id={row.id} />}
      {row.status === 'completed' && <Made of={row} />}
    </>
  )
}

const EVERY = 5_000

/** That it is ready is nudged; how far it is is asked for again, until an answer fails. */
function Progress({ id }: { id: string }) {
  const texts = useTexts()
  const formats = useFormats()
  const found = useQuery({ ...one('analytics.replay', id), refetchInterval: ({ state }) => (state.status === 'error' ? false : EVERY) })
  return <p><progress aria-label={texts.making} /> {texts.folded(formats.number(found.data?.data.events ?? 0))}</p>
}

/** The views that a replay has. */
const viewsOf = (tables: Replay['tables']) => views.filter(({ read_model }) => tables.some((table) => table.read_model === read_model))

function Made({ of: { name, tables, scenario } }: { of: Replay }) {
  const texts = useTexts()
  const formats = useFormats()
  const found = viewsOf(tables)
  // Of things, rather than of what is in them.
  const first = found.find(({ columns }) => columns[0]!.name === 'id') ?? found[0]
  return (
    <>
      <Code about={texts.reads} text={[`set search_path = "${name}";`, ...(first ? [`select * from ${first.name} limit 10;`] : [])].join('\n')} />
      {found.length > 0 && <p>{texts.views}: {found.map(({ name }, at) => <Fragment key={name}>{at > 0 && ', '}<Link className="reference" to={`/data/views/${name}` as never}>{name}</Link></Fragment>)}</p>}
      {scenario && <Difference from={name} />}
      <Section title={fieldOf('tables')}>
        <div className="scroll">
          <table className="list">
            <thead><tr><th scope="col">{fieldOf('table')}</th><th scope="col">{fieldOf('read_model')}</th><th scope="col" className="num">{fieldOf('rows')}</th></tr></thead>
            <tbody>
              {tables.map(({ table, read_model, rows }) => (
                <tr key={`${read_model} ${table}`}>
                  <th scope="row">{table}</th>
                  <td>{placeOf(read_model) ?? read_model}</td>
                  <td className="num" data-label={fieldOf('rows')}>{formats.number(rows)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Section>
    </>
  )
}
