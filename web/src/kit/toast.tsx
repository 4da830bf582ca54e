// Short notes on what was done, each with its way back where there is one.
import { Button } from 'react-aria-components'
import { store } from '../api/store'
import { useTexts } from '../texts'

interface Note {
  id: number
  text: string
  bad?: boolean
  undo?: () => void
  /** What could be done instead. */
  offer?: { name: string; act: () => void }
}

const SHOWN = 8_000
const notes = store<Note[]>([])
let last = 0
let lastUndo: (() => void) | undefined
const keep = (kept: (note: Note) => boolean) => notes.set(notes.now().filter(kept))
const drop = (id: number) => keep((note) => note.id !== id)

export function toast(text: string, more: Omit<Note, 'id' | 'text'> = {}) {
  const id = ++last
  // What is refused now says more than what was before.
  if (more.bad) keep((note) => !note.bad)
  notes.set([...notes.now(), { id, text, ...more }])
  lastUndo = more.undo ?? lastUndo
  setTimeout(() => drop(id), SHOWN)
}

/** Takes the last act back that can be, also when its note is gone: nobody has to be quick. */
export const undoLast = () => lastUndo && takeBack(lastUndo)

/** What is said, and what could be taken back, is of whoever did it. */
export function forgetToasts() {
  notes.set([])
  lastUndo = undefined
}

function takeBack(undo: () => void) {
  if (undo === lastUndo) lastUndo = undefined
  keep((note) => note.undo !== undo)
  undo()
}

export function Toasts() {
  const texts = useTexts()
  const shown = notes.use()
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map(({ id, text, bad, undo, offer }) => (
        <div key={id} className={bad ? 'toast bad' : 'toast'}>
          <span>{text}</span>
          {undo && <Button className="button" onPress={() => takeBack(undo)}>{texts.act.undo}</Button>}
          {offer && <Button className="button" onPress={() => { drop(id); offer.act() }}>{offer.name}</Button>}
        </div>
      ))}
    </div>
  )
}
