// What is wrong with the text of a template, with the place, to which it leads.
import { useEffect, type RefObject } from 'react'
import { Button } from 'react-aria-components'
import { Problem } from '../../api/problem'
import { faultsOf } from '../../kit/faults'
import { useTexts as useSharedTexts } from '../../texts'
import { useTexts } from './texts'

interface Fault {
  /** From 1; in characters. What only shows when the document is made has no place. */
  line: number | null
  column: number | null
  message: string
}

/** Where in a text a fault is: from its first character to the end of its line. */
export function placeOf(text: string, line: number, column: number): [from: number, until: number] {
  const lines = text.split('\n')
  const begin = lines.slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, 0)
  const own = lines[line - 1] ?? ''
  return [begin + [...own].slice(0, column - 1).join('').length, begin + own.length]
}

interface Props {
  of: Error | null
  text: string
  box: RefObject<HTMLTextAreaElement | null>
}

export function Faults({ of, text, box }: Props) {
  const texts = useTexts()
  const shared = useSharedTexts()
  const faults = of instanceof Problem && Array.isArray(of.more.errors) ? (of.more.errors as Fault[]) : []
  const lead = ({ line, column }: Fault) => {
    if (line === null || column === null) return
    const area = box.current!
    area.focus()
    area.setSelectionRange(...placeOf(text, line, column))
    // What is chosen is not scrolled to by itself. Long lines are several on the screen, so it is about there.
    area.scrollTop = (area.scrollHeight * (line - 1)) / text.split('\n').length - area.clientHeight / 3
  }
  useEffect(() => {
    if (faults[0]) lead(faults[0])
  }, [of])
  if (!of) return null
  const changed = of instanceof Problem && of.status === 412
  return (
    <div className="template-faults" role="alert">
      <p className="fault">{faults.length > 0 ? texts.fails : changed ? shared.problem.changed : (faultsOf(of)['/text'] ?? of.message)}</p>
      <ul>
        {faults.map((fault) => (
          <li key={`${fault.line} ${fault.message}`}>
            {fault.line !== null && fault.column !== null && <Button className="link" onPress={() => lead(fault)}>{texts.place(fault.line, fault.column)}</Button>} <span lang="en">{fault.message}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}
