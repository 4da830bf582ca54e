// All keys, told when somebody asks for them with `?`.
import { Button, Dialog, Modal, ModalOverlay } from 'react-aria-components'
import { useWords } from '../words'
import { keysAreOn } from './keys'
import { account, type Place } from './places'

export function Shortcuts({ places, close }: { places: Place[]; close: () => void }) {
  const words = useWords()
  const { keys } = words
  const groups: [string, [key: string, what: string][]][] = [
    [keys.anywhere, [['⌘K', keys.find], ['?', keys.help], ['U', keys.undo]]],
    [keys.list, [['/', keys.search], ['J K', keys.walk], ['Enter', keys.open], ['X', keys.choose], ['C', keys.create]]],
    [keys.item, [['.', keys.acts], ['E', keys.edit], ['H', keys.history], ['W', keys.why], ['Esc', keys.back]]],
    [`${keys.go}: ${keys.after('G')}`, [...places, account].filter(({ letter }) => letter).map(({ letter, name }) => [letter!.toUpperCase(), words.places[name]!])],
  ]
  return (
    <ModalOverlay className="veil" isOpen isDismissable onOpenChange={(open) => open || close()}>
      <Modal className="dialog">
        <Dialog aria-label={keys.title} className="shortcuts">
          <h2 slot="title">{keys.title}</h2>
          {!keysAreOn() && <p>{keys.off}</p>}
          <div className="shortcut-groups">
            {groups.map(([title, entries]) => (
              <section key={title}>
                <h3>{title}</h3>
                <dl>{entries.map(([key, what]) => <div key={key}><dt><kbd>{key}</kbd></dt><dd>{what}</dd></div>)}</dl>
              </section>
            ))}
          </div>
          <div className="row-end"><Button className="button" autoFocus onPress={close}>{words.act.close}</Button></div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}
