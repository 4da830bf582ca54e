// A choice of few, all of which are seen.
import { ToggleButton, ToggleButtonGroup } from 'react-aria-components'
import './segments.css'

interface Props<K extends string> {
  label: string
  of: readonly (readonly [key: K, name: string])[]
  chosen: K
  choose: (key: K) => void
}

export function Segments<K extends string>({ label, of, chosen, choose }: Props<K>) {
  return (
    <ToggleButtonGroup className="segments" aria-label={label} selectedKeys={[chosen]} disallowEmptySelection onSelectionChange={([key]) => choose(key as K)}>
      {of.map(([key, name]) => <ToggleButton key={key} id={key}>{name}</ToggleButton>)}
    </ToggleButtonGroup>
  )
}
