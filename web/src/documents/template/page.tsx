// The page of a template: its text is edited on it. One that is new has the same editor, with what it is for above it.
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { ChevronRight } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import type { Row } from '../../api/client'
import { Acts, type ActsProps } from '../../kit/acts'
import { listingOf } from '../../kit/filters'
import { Item } from '../../kit/item'
import { resourceOf } from '../../kit/resource'
import { filtered, useRows } from '../../kit/rows'
import { Top } from '../../kit/shell'
import { Heading } from '../../kit/states'
import { fieldOf, labelOf, useReader, useTexts as useSharedTexts } from '../../texts'
import { Editor, useBuiltIn, type About } from './editor'
import { useTexts } from './texts'
import './template.css'

const Pick = lazy(async () => ({ default: (await import('../../kit/pick')).Pick }))

export const Page = () => (useParams({ strict: false }).id === 'new' ? <New /> : <Item resource={resourceOf('documents.template')!} />)

/** Another version is published below the text that it has, and not from the menu. */
export function ItsActs({ acts, ...props }: ActsProps) {
  const { publish: _, ...others } = acts ?? {}
  return <Acts {...props} acts={others} />
}

export function Text({ row, at }: { row: Row<'documents.template'>; at?: string }) {
  const { version } = useTexts()
  if (!at) return <Editor about={row} row={row} text={row.text} />
  return (
    <section aria-label={fieldOf('text')}>
      <div className="section-head"><h2>{version(row.template_version)}</h2></div>
      <pre className="template-text" tabIndex={0}>{row.text}</pre>
    </section>
  )
}

const valuesOf = (field: 'kind' | 'language') => listingOf('documents.template')!.filters[field]!

function New() {
  const texts = useTexts()
  const shared = useSharedTexts()
  const { language } = useReader()
  const { product } = useSearch({ strict: false }) as { product?: string }
  const navigate = useNavigate()
  const [about, setAbout] = useState({ kind: valuesOf('kind')[0], language, product } as About)
  const builtIn = useBuiltIn(about)
  const there = useRows('documents.template', filtered({ kind: about.kind, language: about.language, product: about.product ?? 'none' })).rows[0]
  const place = shared.places['documents.template']!
  return (
    <>
      <Top>
        <nav className="crumbs" aria-label={shared.item.path}>
          <Link to={'/document-templates' as never}>{place}</Link>
          <ChevronRight size={16} aria-hidden="true" />
          <span aria-current="page">{shared.list.create}</span>
        </nav>
        <span className="grow" />
      </Top>
      <div className="page">
        <Heading>{texts.create}</Heading>
        <div className="template-about">
          {(['kind', 'language'] as const).map((field) => (
            <label key={field} className="field">
              <span className="label">{fieldOf(field)}</span>
              <select value={about[field]} onChange={(event) => setAbout({ ...about, [field]: event.target.value })}>
                {valuesOf(field).map((value) => <option key={value} value={value}>{labelOf(value)}</option>)}
              </select>
            </label>
          ))}
          <Suspense><Pick topic="catalog.product" label={fieldOf('product')} value={about.product ?? undefined} change={(product) => setAbout({ ...about, product })} hint={texts.anyProduct} /></Suspense>
        </div>
        {there && <p>{texts.there} <Link className="reference" to={`/document-templates/${there.id}` as never}>{texts.openThere}</Link></p>}
        {!there && builtIn && <Editor about={about} text={builtIn.text} made={(id) => void navigate({ to: `/document-templates/${id}` } as never)} />}
      </div>
    </>
  )
}
