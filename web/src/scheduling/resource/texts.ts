// The phrases of chairs and people.
import { phrases } from '../../texts'

const en = {
  hours: 'Weekly hours', how: 'Drag to paint, or use the arrow keys and Space; with Shift the arrow keys paint on.',
  cell: (day: string, time: string, open: boolean) => `${day} ${time}, ${open ? 'open' : 'shut'}`,
  save: 'Save hours', discard: 'Discard', saved: (name: string) => `${name} has new hours`, whole: (hours: string) => `${hours} a week`,
  exceptions: 'Other hours on some days', noExceptions: 'Every week is the same.', shut: 'Shut all day', add: 'Add a day', remove: 'As every week',
  closed: 'Closed periods', noClosed: 'Nothing is closed.', close: 'Close a period', open: 'Open again',
}

const de: typeof en = {
  hours: 'Wöchentliche Zeiten', how: 'Ziehen Sie zum Malen, oder nutzen Sie Pfeiltasten und Leertaste; mit Umschalt malen die Pfeiltasten weiter.',
  cell: (day, time, open) => `${day} ${time}, ${open ? 'offen' : 'zu'}`,
  save: 'Zeiten speichern', discard: 'Verwerfen', saved: (name) => `${name} hat neue Zeiten`, whole: (hours) => `${hours} in der Woche`,
  exceptions: 'Andere Zeiten an einzelnen Tagen', noExceptions: 'Jede Woche ist gleich.', shut: 'Ganzer Tag zu', add: 'Tag hinzufügen', remove: 'Wie jede Woche',
  closed: 'Geschlossene Zeiträume', noClosed: 'Nichts ist geschlossen.', close: 'Zeitraum schließen', open: 'Wieder öffnen',
}

const ru: typeof en = {
  hours: 'Часы на неделю', how: 'Закрашивайте мышью или стрелками и пробелом; со Shift стрелки закрашивают дальше.',
  cell: (day, time, open) => `${day} ${time}, ${open ? 'открыто' : 'закрыто'}`,
  save: 'Сохранить часы', discard: 'Отменить', saved: (name) => `Новые часы: ${name}`, whole: (hours) => `${hours} в неделю`,
  exceptions: 'Другие часы в отдельные дни', noExceptions: 'Все недели одинаковы.', shut: 'Закрыто весь день', add: 'Добавить день', remove: 'Как обычно',
  closed: 'Закрытые периоды', noClosed: 'Ничего не закрыто.', close: 'Закрыть на время', open: 'Снова открыть',
}

const fr: typeof en = {
  hours: 'Horaires de la semaine', how: 'Glissez pour peindre, ou utilisez les flèches et Espace ; avec Maj, les flèches continuent à peindre.',
  cell: (day, time, open) => `${day} ${time}, ${open ? 'ouvert' : 'fermé'}`,
  save: 'Enregistrer les horaires', discard: 'Abandonner', saved: (name) => `Nouveaux horaires : ${name}`, whole: (hours) => `${hours} par semaine`,
  exceptions: 'Autres horaires certains jours', noExceptions: 'Toutes les semaines se ressemblent.', shut: 'Fermé toute la journée', add: 'Ajouter un jour', remove: 'Comme chaque semaine',
  closed: 'Périodes fermées', noClosed: 'Rien n’est fermé.', close: 'Fermer une période', open: 'Rouvrir',
}

export const useTexts = phrases({ en, de, ru, fr })
