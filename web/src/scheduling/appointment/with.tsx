// With whom: somebody, or who is free first.
import { useQuery } from '@tanstack/react-query'
import { bookables } from './queries'
import { useTexts } from './texts'

interface Props {
  /** Nobody in particular, if it is nothing. */
  chosen?: string
  choose: (person?: string) => void
}

export function With({ chosen, choose }: Props) {
  const texts = useTexts()
  const people = useQuery({ ...bookables, select: (all) => all.filter(({ kind }) => kind === 'person') }).data ?? []
  if (people.length < 2) return null
  return (
    <fieldset className="choices flat">
      <legend>{texts.with}</legend>
      {[{ id: undefined, name: texts.firstFree }, ...people].map(({ id, name }) => (
        <label key={id ?? ''} className="choice"><input type="radio" name="person" checked={chosen === id} onChange={() => choose(id)} /><span>{name}</span></label>
      ))}
    </fieldset>
  )
}
