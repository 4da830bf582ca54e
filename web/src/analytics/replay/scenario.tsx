// The scenario that a replay is asked for with: what it is called, and the policies that it changes, one by one.
import { Plus, Trash2 } from 'lucide-react'
import { Button } from 'react-aria-components'
import { Field, Group, type FieldProps } from '../../kit/field'
import { plain } from '../../kit/form'
import { labelOf, useTexts as useSharedTexts } from '../../texts'
import { Issuance, ServicePrice, type Override } from './override'
import { useTexts } from './scenario-texts'
import '../analytics.css'

interface Scenario {
  label?: string
  overrides: Override[]
}

/** For what has parts: what is said of it is among the phrases. */
const PARTS = { properties: {} }

/** What is added: one of each kind, which changes nothing yet. */
const NEW: Override[] = [{ type: 'service_price', change: { percent: undefined } }, { type: 'issuance', change: {} }]

/** Whose policy it is; that of all, if it names nobody. */
const subjectOf = (override: Override) => `${override.type} ${override.type === 'issuance' ? (override.product ?? '') : (override.service ?? '')}`

export function ScenarioInput(props: FieldProps) {
  const { pointer, schema, schemas, value, change, faults } = props
  const texts = useTexts()
  const shared = useSharedTexts()
  const scenario = value as Scenario | undefined
  const { label, overrides } = scenario ?? { overrides: [] }
  // Without an override there is no scenario.
  const put = (overrides: Override[]) => change(overrides.length > 0 ? { ...scenario, overrides } : undefined)
  const isRepeated = (at: number) => overrides.slice(0, at).some((other) => subjectOf(other) === subjectOf(overrides[at]!))
  return (
    <Group {...props} schema={PARTS} title={texts.whatIf}>
      <p className="hint">{texts.intro}</p>
      {scenario && <Field name="label" pointer={`${pointer}/label`} schema={plain(schema, schemas).properties!.label!} schemas={schemas} required value={label} change={(label) => change({ ...scenario, label })} faults={faults} />}
      {overrides.map((override, at) => {
        const of = { pointer: `${pointer}/overrides/${at}`, schemas, faults, isRepeated: isRepeated(at), change: (to: Override) => put(overrides.with(at, to)) }
        const isEmpty = override.type === 'issuance' && `${of.pointer}/change` in faults
        return (
          <Group key={at} {...props} pointer={of.pointer} schema={PARTS} title={labelOf(override.type)} faults={isEmpty ? { [of.pointer]: texts.changesNothing } : faults}>
            <div className="override">
              {override.type === 'issuance' ? <Issuance {...of} value={override} /> : <ServicePrice {...of} value={override} />}
              <Button className="button quiet bad" onPress={() => put(overrides.toSpliced(at, 1))}><Trash2 size={16} /> {shared.act.remove}</Button>
            </div>
          </Group>
        )
      })}
      {faults[`${pointer}/overrides`] && <span className="fault">{faults[`${pointer}/overrides`]}</span>}
      <div className="row-end">{NEW.map((override) => <Button key={override.type} className="button" onPress={() => put([...overrides, override])}><Plus size={16} /> {labelOf(override.type)}</Button>)}</div>
    </Group>
  )
}
