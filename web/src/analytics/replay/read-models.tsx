// What is to be in a replay, chosen from what there is.
import readModels from '../../api/generated/read-models.json'
import { Group, type FieldProps } from '../../kit/field'
import { placeOf, useReader } from '../../texts'
import '../analytics.css'

export function ReadModels(props: FieldProps) {
  const { pointer, value, change } = props
  const { locale } = useReader()
  const chosen = (value ?? []) as string[]
  const named = readModels.map((model) => [model, placeOf(model) ?? model] as const).toSorted(([, one], [, other]) => one.localeCompare(other, locale))
  return (
    <Group {...props}>
      <div className="read-models">
        {named.map(([model, name]) => (
          <label key={model} className="check">
            <input type="checkbox" name={pointer} checked={chosen.includes(model)} onChange={(event) => change(event.target.checked ? [...chosen, model] : chosen.filter((other) => other !== model))} />
            <span>{name}</span>
          </label>
        ))}
      </div>
    </Group>
  )
}
