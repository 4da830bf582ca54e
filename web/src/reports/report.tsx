// A report: what it is asked for, a chart where there is one, and its rows.
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { ChevronRight } from 'lucide-react'
import { lazy, Suspense } from 'react'
import { call, type Answer, type Operation } from '../api/client'
import { pagesOf } from '../api/pages'
import { AsOf, ChooseMoment, useAsOf } from '../kit/as-of'
import { Download } from '../kit/download'
import { Belonging, Chip, filtersOf, useNarrowed } from '../kit/filters'
import { Reference, useName } from '../kit/reference'
import { topicOf } from '../kit/referred'
import { Top } from '../kit/shell'
import { SortHeading } from '../kit/sort-heading'
import { Heading, Skeleton, Trouble } from '../kit/states'
import { Value } from '../kit/value'
import { addDays, useToday } from '../kit/zone'
import { fieldOf, humanised, placeOf, useFormats, useReader, useTexts as useSharedTexts } from '../texts'
import { reportOf, type ReportRow } from './contract'
import { useTexts } from './texts'
import './reports.css'

const Chart = lazy(async () => ({ default: (await import('./charts')).Chart }))

/** As many pages as are shown: what is longer is read as a file. */
const PAGES = 5
const LIMIT = 200
/** The weeks before this one and after it that a report is of, until somebody says others. */
const WEEKS = { from: -8, until: 5 }

export function Report() {
  const { report: name = '' } = useParams({ strict: false }) as { report?: string }
  // What one report was asked for says nothing of the next.
  return <Shown key={name} name={name} />
}

function Shown({ name }: { name: string }) {
  const texts = useTexts()
  const shared = useSharedTexts()
  const formats = useFormats()
  const contract = reportOf(name)
  const past = useAsOf(contract)
  const query = useReportQuery(name, past)
  const found = useQuery({
    queryKey: ['reports', name, query],
    queryFn: async ({ signal }) => {
      type Page = Pick<Answer<'reports.issues'>, 'page' | 'meta'> & { data: ReportRow[] }
      const page = (cursor?: string) => call(`reports.${name}` as Operation, { query: { ...query, include: 'names', limit: LIMIT, cursor }, signal }) as unknown as Promise<Page>
      return { pages: await pagesOf(page, (pages) => pages.length === PAGES) }
    },
    enabled: contract !== undefined,
    placeholderData: keepPreviousData,
  })
  const rows = found.data?.pages.flatMap(({ data }) => data) ?? []
  const isCut = found.data?.pages.at(-1)?.page.next != null
  const asOf = found.data?.pages[0]?.meta.as_of
  const title = placeOf(`reports.${name}`) ?? humanised(name)
  return (
    <>
      <Top>
        <nav className="crumbs" aria-label={shared.item.path}>
          <Link to={'/reports' as never}>{shared.places.reports}</Link>
          <ChevronRight size={16} aria-hidden="true" />
          <Heading>{title}</Heading>
        </nav>
        <span className="grow" />
      </Top>
      {past && <AsOf at={asOf} />}
      <div className="page">
        {!contract && <p>{shared.problem.notFound}</p>}
        {contract && (
          <div className="filters">
            {contract.days.map((day) => <DayField key={day} name={day} />)}
            {filtersOf(contract).map((name) => <Chip key={name} name={name} values={contract.filters[name]!} />)}
            {Object.keys(contract.filters).map((name) => <Belonging key={name} name={name} />)}
            <span className="hint" aria-live="polite">{asOf && !past && texts.asOf(formats.moment(asOf))}</span>
            <span className="grow" />
            {!past && <ChooseMoment of={contract} />}
            <Download of={`reports.${name}` as Operation} query={query} />
          </div>
        )}
        {found.isLoading && <Skeleton />}
        {found.isError && <Trouble error={found.error} retry={() => void found.refetch()} />}
        {found.isSuccess && rows.length === 0 && <p>{shared.list.empty}</p>}
        {rows.length > 0 && <Suspense fallback={<Skeleton rows={4} />}><Chart of={name} rows={rows} /></Suspense>}
        {isCut && <p className="hint">{texts.cut(rows.length)}</p>}
        {rows.length > 0 && <Rows of={name} rows={rows} />}
      </div>
    </>
  )
}

/** What a report is asked for, as the address says, and where that says nothing, for the weeks around this one. */
function useReportQuery(name: string, past: string | undefined) {
  const [narrowed] = useNarrowed()
  const contract = reportOf(name)
  const usual = useUsualDays()
  const days = Object.fromEntries((contract?.days ?? []).map((day) => [day, narrowed[day] ?? usual[day as keyof typeof WEEKS]]))
  const filters = Object.fromEntries(Object.keys(contract?.filters ?? {}).map((field) => [`filter[${field}]`, narrowed[field]]))
  return { ...days, ...filters, sort: narrowed.sort, as_of: past }
}

function useUsualDays() {
  const today = useToday()
  const monday = addDays(today, -((new Date(`${today}T00:00Z`).getUTCDay() + 6) % 7))
  return { from: addDays(monday, 7 * WEEKS.from), until: addDays(monday, 7 * WEEKS.until) }
}

/** The API takes the day after the last one; people say the last one. */
const SHIFT: Record<string, number> = { until: 1 }

function DayField({ name }: { name: string }) {
  const [narrowed, set] = useNarrowed()
  const usual = useUsualDays()
  const shift = SHIFT[name] ?? 0
  const value = narrowed[name] ?? usual[name as keyof typeof WEEKS]
  return (
    <label className="field">
      <span className="label">{fieldOf(name)}</span>
      <input type="date" value={addDays(value, -shift)} onChange={(event) => set({ [name]: event.target.value ? addDays(event.target.value, shift) : undefined })} />
    </label>
  )
}

/** The rows, with the name of a row's thing in place of its id. */
function Rows({ of, rows }: { of: string; rows: ReportRow[] }) {
  const contract = reportOf(of)!
  // In the order of the answer: the contract has them by the alphabet.
  const names = Object.keys(rows[0]!).filter((name) => name !== 'resource')
  const kinds = new Map(contract.columns)
  const isNumber = (name: string) => kinds.get(name) === 'number' && name !== 'age_days'
  return (
    <div className="scroll">
      <table className="list">
        <thead>
          <tr>{names.map((name) => <SortHeading key={name} sorts={contract.sort} name={name} label={fieldOf(name)} className={isNumber(name) ? 'num' : undefined} />)}</tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={at}>
              {names.map((name) => <td key={name} className={isNumber(name) ? 'num' : undefined} data-label={fieldOf(name)}><Field name={name} kind={kinds.get(name)} of={row[name]} /></td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Field({ name, kind, of }: { name: string; kind?: string; of: unknown }) {
  const { locale } = useReader()
  const formats = useFormats()
  const band = useTexts().band
  const topic = topicOf(name)
  if (name === 'assignee' && typeof of === 'string') return <Assignee id={of} />
  if (topic && typeof of === 'string') return <Reference topic={topic} id={of} />
  if (name === 'ratio' && typeof of === 'number') return new Intl.NumberFormat(locale, { style: 'percent' }).format(of)
  if (name === 'age_days' && typeof of === 'number') return band(of)
  if (typeof of === 'string' && /^\d{4}-\d\d-\d\d$/.test(of)) return formats.date(of)
  return <Value of={of} kind={kind} />
}

/** Clients may not look up who answers them. */
function Assignee({ id }: { id: string }) {
  const { staff } = useTexts()
  return useName('identity.user', id) ? <Reference topic="identity.user" id={id} /> : staff
}
