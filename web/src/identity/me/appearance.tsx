// How the portal looks in this browser, and whether single keys act.
import { useState } from 'react'
import { Radio, RadioGroup, Label } from 'react-aria-components'
import { keysAreOn } from '../../kit/keys'
import { useWords } from '../../words'
import { useMeWords } from './words'

export function Appearance() {
  const words = useWords()
  const own = useMeWords()
  const [keys, setKeys] = useState(keysAreOn)
  return (
    <>
      <Choice name="theme" label={own.theme} usual="system" of={[['system', words.theme.system], ['light', words.theme.light], ['dark', words.theme.dark]]} />
      <Choice name="density" label={own.density} usual="comfortable" of={[['comfortable', own.comfortable], ['compact', own.compact]]} />
      <section aria-labelledby="keys">
        <h2 id="keys">{own.keys}</h2>
        <label className="check">
          <input type="checkbox" checked={keys} onChange={(event) => { remember('keys', event.target.checked ? '' : 'off'); setKeys(event.target.checked) }} /> {own.keysHint}
        </label>
      </section>
    </>
  )
}

function Choice({ name, label, usual, of }: { name: 'theme' | 'density'; label: string; usual: string; of: [string, string][] }) {
  const [chosen, setChosen] = useState(localStorage.getItem(name) ?? usual)
  const choose = (value: string) => {
    setChosen(value)
    remember(name, value === usual ? '' : value)
    if (value === usual) delete document.documentElement.dataset[name]
    else document.documentElement.dataset[name] = value
  }
  return (
    <section>
      <RadioGroup value={chosen} onChange={choose} className="radios">
        <Label>{label}</Label>
        <div className="choices">{of.map(([value, text]) => <Radio key={value} value={value} className="radio">{text}</Radio>)}</div>
      </RadioGroup>
    </section>
  )
}

function remember(name: string, value: string) {
  if (value) localStorage.setItem(name, value)
  else localStorage.removeItem(name)
}
