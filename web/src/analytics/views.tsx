// The dictionary: which views analysts read, and the columns of one. It speaks English, as the comments in the
// database do.
import { Link, useParams } from '@tanstack/react-router'
import { ChevronRight } from 'lucide-react'
import { useDeferredValue, useRef } from 'react'
import { Code } from '../kit/copy'
import { Find, useNarrowed } from '../kit/filters'
import { Nowhere, Top } from '../kit/shell'
import { Heading } from '../kit/states'
import { useWalk } from '../kit/walk'
import { fieldOf, placeOf, useTexts as useSharedTexts } from '../texts'
import { views, type View } from './dictionary'
import { useTexts } from './texts'
import { DataTop } from './top'
import './analytics.css'

/** Whether all words occur in a view: in its name, in what is said of it, or in the name of a column. */
function isMatched({ name, description, columns }: View, words: string[]): boolean {
  const text = [name, description, ...columns.map((column) => column.name)].join(' ').toLowerCase()
  return words.every((word) => text.includes(word))
}

export function Views() {
  const texts = useTexts()
  const shared = useSharedTexts()
  const page = useRef<HTMLDivElement>(null)
  const [{ q }] = useNarrowed()
  // An address that was typed may say a number without quotes.
  const words = useDeferredValue(String(q ?? '')).toLowerCase().split(/\s+/)
  const found = views.filter((view) => isMatched(view, words))
  useWalk(page)
  return (
    <>
      <DataTop place="views" />
      <div className="page views" ref={page}>
        <div className="filters" role="search">
          <Find hint={texts.findView} />
          <span className="hint" aria-live="polite">{shared.list.count(found.length)}</span>
        </div>
        <p>{texts.about}</p>
        {found.length === 0 && <p>{shared.list.noMatch(String(q))}</p>}
        {found.length > 0 && (
          <div className="scroll">
            <table className="list">
              <thead><tr><th scope="col">{texts.view}</th><th scope="col">{texts.holds}</th><th scope="col">{fieldOf('read_model')}</th><th scope="col" className="num">{texts.columns}</th></tr></thead>
              <tbody>
                {found.map(({ name, description, read_model, columns }) => (
                  <tr key={name}>
                    <th scope="row"><Link to={`/data/views/${name}` as never} data-row={name}><code>{name}</code></Link></th>
                    <td lang="en">{description}</td>
                    <td>{placeOf(read_model) ?? read_model}</td>
                    <td className="num" data-label={texts.columns}>{columns.length}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </div>
    </>
  )
}

export function ViewPage() {
  const shared = useSharedTexts()
  const { id } = useParams({ strict: false }) as { id?: string }
  const view = views.find(({ name }) => name === id)
  if (!view) return <Nowhere />
  return (
    <>
      <Top>
        <nav className="crumbs" aria-label={shared.item.path}>
          <Link to={'/data/views' as never}>{shared.places.views}</Link>
          <ChevronRight size={16} aria-hidden="true" />
          <Heading>{view.name}</Heading>
        </nav>
        <span className="grow" />
      </Top>
      <div className="page views">
        <p lang="en">{view.description}</p>
        <Code about="SQL" text={`select * from ${view.name} limit 10;`} />
        <Columns of={view} />
      </div>
    </>
  )
}

function Columns({ of }: { of: View }) {
  const texts = useTexts()
  return (
    <div className="scroll">
      <table className="list">
        <thead><tr><th scope="col">{texts.column}</th><th scope="col">{texts.type}</th><th scope="col">{texts.holds}</th><th scope="col">{texts.refersTo}</th></tr></thead>
        <tbody>
          {of.columns.map(({ name, type, description, personal, refers_to: other }) => (
            <tr key={name}>
              <th scope="row"><code>{name}</code></th>
              <td><code>{type}</code></td>
              <td><span lang="en">{description}</span> {personal && <span className="badge">{texts.pseudonym}</span>}</td>
              <td data-label={other && texts.refersTo}>{other && <Link className="reference" to={`/data/views/${other}` as never}>{other}</Link>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
