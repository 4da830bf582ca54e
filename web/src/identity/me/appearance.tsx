// How the portal looks, and whether single keys act.
import { Radio, RadioGroup, Label } from 'react-aria-components'
import { usePreference } from '../../kit/preferences'
import { useTexts } from '../../texts'
import { useMeTexts } from './texts'

export function Appearance() {
  const texts = useTexts()
  const own = useMeTexts()
  const [keys, setKeys] = usePreference('keys', 'on')
  return (
    <>
      <Choice name="theme" label={own.theme} usual="system" of={[['system', texts.theme.system], ['light', texts.theme.light], ['dark', texts.theme.dark]]} />
      <Choice name="density" label={own.density} usual="comfortable" of={[['comfortable', own.comfortable], ['compact', own.compact]]} />
      <section aria-labelledby="keys">
        <h2 id="keys">{own.keys}</h2>
        <label className="check">
          <input type="checkbox" checked={keys === 'on'} onChange={(event) => setKeys(event.target.checked ? 'on' : 'off')} /> {own.keysHint}
        </label>
      </section>
    </>
  )
}

function Choice({ name, label, usual, of }: { name: 'theme' | 'density'; label: string; usual: string; of: [string, string][] }) {
  const [chosen, choose] = usePreference(name, usual)
  return (
    <section>
      <RadioGroup value={chosen} onChange={choose} className="radios">
        <Label>{label}</Label>
        <div className="choices">{of.map(([value, text]) => <Radio key={value} value={value} className="radio">{text}</Radio>)}</div>
      </RadioGroup>
    </section>
  )
}
