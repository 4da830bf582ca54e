// All keys, told when somebody asks for them with `?`.
import { Button, Dialog, Modal, ModalOverlay } from 'react-aria-components'
import { may, useMe } from '../api/rights'
import { actOf, fieldOf, useTexts } from '../texts'
import { chord, keysAreOn } from './keys'
import { account, type Place } from './places'

type Keys = [key: string, what: string][]

export function Shortcuts({ places, close }: { places: Place[]; close: () => void }) {
  const texts = useTexts()
  const me = useMe()
  const { keys } = texts
  const can = (name: string) => me !== undefined && may(me.rights, name)
  const act = (name: string, key: string): Keys => (can(name) ? [[key, actOf(name)]] : [])
  const book = (key: string): Keys => (can('scheduling.appointment.hold') ? [[key, texts.calendar.book]] : [])
  const works: Keys = can('support.issue.assign') ? [[chord('⇧↵'), keys.resolve], ['N', keys.note], ['A', actOf('support.issue.assign')], ['P', fieldOf('priority')]] : []
  // What is done at places of their own, by those who have them.
  const done: Record<string, Keys> = {
    calendar: [['D W A', keys.views], ['T', texts.places.today!], ['← →', keys.earlier]],
    appointments: [...act('scheduling.appointment.confirm', 'Y'), ...act('scheduling.appointment.start', 'I'), ...act('scheduling.appointment.complete', 'F'), ...act('scheduling.appointment.reschedule', 'M')],
    customers: book('B'),
    organizations: act('organizations.cabinet.move', 'M'),
    licenses: act('licensing.license.renew', 'R'),
    parked: [...act('purchasing.purchase_event.reprocess', 'R'), ...act('purchasing.purchase_event.discard', 'D')],
    issues: [['R', keys.reply], [chord('↵'), keys.send], ...works],
    inbox: [['D', keys.done], ['S', keys.later], ['⇧U', keys.unread]],
  }
  const groups: [title: string, keys: Keys][] = [
    [keys.anywhere, [[chord('K'), keys.find], ['?', keys.help], ['U', keys.undo], ...book('N')]],
    [keys.list, [['/', keys.search], ['J K', keys.walk], ['Enter', keys.open], ['X', keys.choose], ['C', keys.create]]],
    [keys.item, [['.', keys.acts], ['E', keys.edit], ['H', keys.history], ['W', keys.why], ['⇧← ⇧→', keys.earlier], ['Esc', keys.back]]],
    ...places.map(({ to, name }): [string, Keys] => [texts.places[name]!, done[to] ?? []]).filter(([, keys]) => keys.length > 0),
    [`${keys.go}: ${keys.after('G')}`, [...places, account].filter(({ letter }) => letter).map(({ letter, name }) => [letter!.toUpperCase(), texts.places[name]!])],
  ]
  return (
    <ModalOverlay className="overlay" isOpen isDismissable onOpenChange={(open) => open || close()}>
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
          <div className="row-end"><Button className="button" autoFocus onPress={close}>{texts.act.close}</Button></div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}
