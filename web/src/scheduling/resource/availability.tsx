// When a person or chair can be had in every week, painted on a grid: by pointer, or by arrows and space.
import { useState, type KeyboardEvent, type PointerEvent } from 'react'
import { Button } from 'react-aria-components'
import type { Row } from '../../api/client'
import { may, useMe } from '../../api/rights'
import { useAct } from '../../kit/act'
import { Section } from '../../kit/related'
import { useReader } from '../../texts'
import { useClock } from '../appointment/clock'
import { DAY, daysFrom, type Availability as Hours } from '../appointment/week'
import { brushed, cellOf, clock as clockOf, painted, weeklyOf, type Place, type Weekly } from './hours'
import { useTexts } from './texts'
import './availability.css'

/** Some Monday, to name the days of a week. */
const MONDAY = '2026-01-05'

interface Stroke {
  from: Place
  to: Place
  open: boolean
}

export function Availability({ row }: { row: Row<'scheduling.resource'> }) {
  const { zone, weekly } = row.availability as Hours
  // Other hours, when somebody else changed them meanwhile.
  return <Grid key={row.version} row={row} zone={zone} weekly={weekly} />
}

function Grid({ row, zone, weekly }: { row: Row<'scheduling.resource'>; zone: string; weekly: Weekly }) {
  const texts = useTexts()
  const clock = useClock()
  const me = useMe()
  const act = useAct()
  const { locale } = useReader()
  const cell = cellOf(weekly)
  const [cells, setCells] = useState(() => painted(weekly, cell))
  const [stroke, setStroke] = useState<Stroke>()
  const [focus, setFocus] = useState<Place>([0, (9 * 60) / cell])
  const paints = me !== undefined && may(me.rights, 'scheduling.resource.set_availability') && row.status === 'in_use'
  const shown = stroke ? brushed(cells, stroke.from, stroke.to, stroke.open) : cells
  const now = weeklyOf(cells, cell)
  const changed = JSON.stringify(now) !== JSON.stringify(weeklyOf(painted(weekly, cell), cell))
  const first = Math.min(6 * 60, ...cells.flatMap((day) => (day.includes(true) ? [day.indexOf(true) * cell] : [])))
  const last = Math.max(22 * 60, ...cells.map((day) => (day.lastIndexOf(true) + 1) * cell))
  const rows = Array.from({ length: (last - first) / cell }, (_, at) => first / cell + at)
  const days = daysFrom(MONDAY, 7)

  const placeOf = (target: EventTarget | null): Place | undefined => {
    const found = (target as Element | null)?.closest<HTMLElement>('[data-day]')
    return found ? [Number(found.dataset.day), Number(found.dataset.cell)] : undefined
  }
  const down = (event: PointerEvent) => {
    const place = placeOf(event.target)
    if (!paints || !place || event.button !== 0 || event.pointerType === 'touch') return
    event.currentTarget.setPointerCapture(event.pointerId)
    setStroke({ from: place, to: place, open: !cells[place[0]]![place[1]] })
  }
  const over = (event: PointerEvent) => {
    const place = stroke && placeOf(document.elementFromPoint(event.clientX, event.clientY))
    if (place) setStroke({ ...stroke!, to: place })
  }
  const up = () => {
    if (stroke) setCells(shown)
    setStroke(undefined)
  }
  const toggle = (place: Place) => setCells(brushed(cells, place, place, !cells[place[0]]![place[1]]))
  const pressed = (event: KeyboardEvent) => {
    const by = ({ ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] } as Record<string, Place>)[event.key]
    if (event.key === ' ' && paints) toggle(focus)
    else if (by) {
      const to: Place = [Math.max(0, Math.min(6, focus[0] + by[0])), Math.max(first / cell, Math.min(last / cell - 1, focus[1] + by[1]))]
      if (event.shiftKey && paints) setCells(brushed(cells, to, to, cells[focus[0]]![focus[1]]!))
      setFocus(to)
      event.currentTarget.querySelector<HTMLElement>(`[data-day="${to[0]}"][data-cell="${to[1]}"]`)?.focus()
    } else return
    event.preventDefault()
  }
  const save = async (to: Weekly, undo?: () => void) => act('scheduling.resource.set_availability', { row: { id: row.id }, body: { zone, weekly: to }, undo })
  const hours = new Intl.NumberFormat(locale, { style: 'unit', unit: 'hour' }).format((shown.flat().filter(Boolean).length * cell) / 60)

  return (
    <Section title={texts.hours} more={<span className="hint">{texts.whole(hours)} · {zone}</span>}>
      <table className="painted" role="grid" aria-label={texts.hours} aria-readonly={!paints} data-paints={paints || undefined} onKeyDown={pressed} onPointerDown={down} onPointerMove={over} onPointerUp={up} onPointerCancel={() => setStroke(undefined)}>
        <thead><tr><td />{days.map((day) => <th key={day} scope="col">{clock.weekday(day)}</th>)}</tr></thead>
        <tbody>
          {rows.map((index) => (
            <tr key={index} className={(index * cell) % 60 === 0 ? 'hour' : undefined}>
              <th scope="row"><span className={(index * cell) % 60 === 0 ? undefined : 'visually-hidden'}>{clock.time(`${MONDAY}T${clockOf(index * cell)}`)}</span></th>
              {days.map((day, at) => (
                <td
                  key={day}
                  role="gridcell"
                  data-day={at}
                  data-cell={index}
                  tabIndex={focus[0] === at && focus[1] === index ? 0 : -1}
                  aria-selected={shown[at]![index]}
                  aria-label={texts.cell(clock.weekday(day), clock.time(`${MONDAY}T${clockOf((index * cell) % DAY)}`), shown[at]![index]!)}
                  onFocus={() => setFocus([at, index])}
                  onClick={(event) => { if (paints && (event.nativeEvent as globalThis.PointerEvent).pointerType === 'touch') toggle([at, index]) }}
                />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {paints && <p className="hint">{texts.how}</p>}
      {changed && (
        <div className="row-end">
          <Button className="button" onPress={() => setCells(painted(weekly, cell))}>{texts.discard}</Button>
          <Button className="button first" onPress={() => void save(now, () => void save(weekly))}>{texts.save}</Button>
        </div>
      )}
    </Section>
  )
}
