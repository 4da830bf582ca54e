// The phrases of customers.
import { phrases } from '../../texts'

export const useTexts = phrases({
  en: { next: 'Next visits', last: 'Last visits', noNext: 'Nothing is booked.', noLast: 'They have not been here yet.', book: 'Book', requests: 'Requests', unreachable: 'No way to reach them is known.' },
  de: { next: 'Nächste Besuche', last: 'Letzte Besuche', noNext: 'Es ist nichts gebucht.', noLast: 'Noch nie hier gewesen.', book: 'Buchen', requests: 'Anfragen', unreachable: 'Es ist kein Kontakt bekannt.' },
  ru: { next: 'Ближайшие визиты', last: 'Прошлые визиты', noNext: 'Записей нет.', noLast: 'Ещё не были у нас.', book: 'Записать', requests: 'Обращения', unreachable: 'Контакты неизвестны.' },
  fr: { next: 'Prochaines visites', last: 'Dernières visites', noNext: 'Rien n’est réservé.', noLast: 'Pas encore venu.', book: 'Réserver', requests: 'Demandes', unreachable: 'Aucun moyen de contact connu.' },
})
