// Where somebody begins who asks questions of the data: how to connect, what was replayed, questions to begin
// with, and what else is taken away as a file.
import { Link } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { may, useMe } from '../api/rights'
import { Code } from '../kit/copy'
import { Create } from '../kit/create'
import { Related, Section } from '../kit/related'
import { resourceOf } from '../kit/resource'
import { usePlaces } from '../kit/shell'
import { Skeleton } from '../kit/states'
import { useTexts as useSharedTexts } from '../texts'
import { Counterfactual } from './replay/counterfactual'
import { useTexts } from './texts'
import { DataTop } from './top'
import './analytics.css'

const Questions = lazy(async () => ({ default: (await import('./questions')).Questions }))

export function Data() {
  const texts = useTexts()
  return (
    <>
      <DataTop place="data" />
      <div className="page data">
        <div>
          <Connect />
          <Section title={texts.questions}><Suspense fallback={<Skeleton />}><Questions /></Suspense></Section>
        </div>
        <div>
          <Related topic="analytics.replay" by={{ status: '!dropped' }} sort="-created_at" note={({ scenario }) => scenario && <Counterfactual of={scenario} />} more={<Create resource={resourceOf('analytics.replay')!} />} empty={texts.noReplays} />
          <Files />
        </div>
      </div>
    </>
  )
}

const ADDRESS = 'postgres://NAME:PASSWORD@127.0.0.1:5433/servicebook'

function Connect() {
  const texts = useTexts()
  return (
    <Section title={texts.connect}>
      <div className="connect">
        <p>{texts.login}</p>
        <Code about={texts.byShell} text="servicebook analyst create NAME" />
        <Code about="psql" text={`psql "${ADDRESS}" -c 'select status, count(*) from licenses group by 1'`} />
        <Code about="pandas" text={PANDAS} />
        <p className="hint">{texts.pseudonyms}</p>
      </div>
    </Section>
  )
}

/** pandas takes the address of SQLAlchemy, which names the driver. */
const PANDAS = `import pandas, sqlalchemy
engine = sqlalchemy.create_engine("${ADDRESS.replace('postgres:', 'postgresql+psycopg:')}")
licenses = pandas.read_sql("select * from licenses", engine)`

/** The lists whose rows one takes away, as Parquet too. */
const LISTS = ['licensing.license', 'purchasing.purchase', 'catalog.product', 'scheduling.service', 'scheduling.appointment', 'crm.customer']

/** What is taken away as a file, and what was. */
function Files() {
  const texts = useTexts()
  const { places: names } = useSharedTexts()
  const me = useMe()
  const hasReports = usePlaces().some(({ to }) => to === 'reports')
  const lists = LISTS.filter((topic) => me && may(me.rights, `${topic}.list`)).map((topic) => ({ to: resourceOf(topic)!.place, name: names[topic]! }))
  const links = [...(hasReports ? [{ to: 'reports', name: names.reports! }] : []), ...lists, { to: 'me/exports', name: texts.exports }]
  return (
    <Section title={texts.files}>
      <p>{texts.asFiles(me?.rights.history !== undefined)}</p>
      <ul>{links.map(({ to, name }) => <li key={to}><Link to={`/${to}` as never}>{name}</Link></li>)}</ul>
    </Section>
  )
}
