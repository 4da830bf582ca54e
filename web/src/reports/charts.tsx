// What reports look like at a glance, from the same rows as the table below, which says it in words.
import { useNameOf } from '../kit/names'
import { labelOf, useReader } from '../texts'
import type { ReportRow } from './contract'
import { useTexts } from './texts'

export function Chart({ of, rows }: { of: string; rows: ReportRow[] }) {
  if (of === 'utilisation') return <Utilisation rows={rows as unknown as Week[]} />
  if (of === 'issues') return <Issues rows={rows as unknown as Count[]} />
  return null
}

interface Week {
  name: string
  week: string
  available_minutes: number
  ratio: number | null
}

const COLUMN = 24
const HEIGHT = 32

/** A line for each chair or person, in it a column for each week: as high as they are booked. */
function Utilisation({ rows }: { rows: Week[] }) {
  const texts = useTexts()
  const { locale } = useReader()
  const percent = new Intl.NumberFormat(locale, { style: 'percent' })
  const weeks = [...new Set(rows.map(({ week }) => week))].sort()
  const present = rows.filter(({ available_minutes }) => available_minutes > 0)
  const lines = Map.groupBy(present.sort((one, other) => one.name.localeCompare(other.name, locale)), ({ name }) => name)
  return (
    <figure className="chart">
      <figcaption>{texts.utilisationOf(weeks[0]!, weeks.at(-1)!)}</figcaption>
      <dl className="chart-lines">
        {[...lines].map(([name, of]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <svg role="img" aria-label={texts.inTable(name)} viewBox={`0 0 ${weeks.length * COLUMN} ${HEIGHT}`} preserveAspectRatio="none">
                {weeks.map((week, at) => {
                  const found = of.find((row) => row.week === week)
                  const height = Math.min(found?.ratio ?? 0, 1) * HEIGHT
                  return (
                    <g key={week}>
                      <title>{`${week}: ${found?.ratio == null ? texts.none : percent.format(found.ratio)}`}</title>
                      <rect className="chart-ground" x={at * COLUMN + 1} width={COLUMN - 2} height={HEIGHT} />
                      <rect className="chart-value" x={at * COLUMN + 1} y={HEIGHT - height} width={COLUMN - 2} height={height} />
                    </g>
                  )
                })}
              </svg>
            </dd>
            <dd className="num">{percent.format(average(of))}</dd>
          </div>
        ))}
      </dl>
    </figure>
  )
}

/** Of what was there of somebody's time, how much was booked: weeks count by how long they were there. */
export function average(of: { available_minutes: number; ratio: number | null }[]): number {
  const available = of.reduce((sum, { available_minutes }) => sum + available_minutes, 0)
  return available === 0 ? 0 : of.reduce((sum, { available_minutes, ratio }) => sum + available_minutes * (ratio ?? 0), 0) / available
}

interface Count {
  status: string
  age_days: number
  assignee: string | null
  issues: number
}

/** As many bars as are read at a glance. */
const BARS = 8

function Issues({ rows }: { rows: Count[] }) {
  const texts = useTexts()
  const nameOf = useNameOf()
  return (
    <div className="charts">
      <Bars title={texts.byStatus} of={summed(rows, ({ status }) => labelOf(status))} />
      <Bars title={texts.byAge} of={summed(rows.toSorted((one, other) => one.age_days - other.age_days), ({ age_days }) => texts.band(age_days), false)} />
      <Bars title={texts.byAssignee} of={summed(rows, ({ assignee }) => (assignee ? (nameOf(assignee) ?? texts.staff) : texts.nobody)).slice(0, BARS)} />
    </div>
  )
}

/** How many there are by a name, the most first, or as they come. */
export function summed(rows: Count[], by: (row: Count) => string, sorts = true): [name: string, count: number][] {
  const sums = new Map<string, number>()
  for (const row of rows) sums.set(by(row), (sums.get(by(row)) ?? 0) + row.issues)
  return sorts ? [...sums].sort(([, one], [, other]) => other - one) : [...sums]
}

function Bars({ title, of }: { title: string; of: [name: string, count: number][] }) {
  const { locale } = useReader()
  const number = new Intl.NumberFormat(locale)
  const most = Math.max(...of.map(([, count]) => count), 1)
  return (
    <figure className="chart">
      <figcaption>{title}</figcaption>
      <dl className="chart-bars">
        {of.map(([name, count]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd><svg aria-hidden="true" viewBox="0 0 100 12" preserveAspectRatio="none"><rect className="chart-value" width={(count / most) * 100} height={12} /></svg></dd>
            <dd className="num">{number.format(count)}</dd>
          </div>
        ))}
      </dl>
    </figure>
  )
}
