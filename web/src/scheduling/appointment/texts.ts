// The phrases of the calendar, of booking and of one's own appointments, besides those of what is done there.
import { phrases } from '../../texts'
import { actPhrases } from './act-texts'

const en = {
  // The calendar.
  today: 'Today', before: 'Earlier', after: 'Later', view: 'View', day: 'Day', week: 'Week', agenda: 'Agenda', people: 'People and chairs',
  some: (n: number, of: number) => `${n} of ${of}`,
  nothing: 'No appointments.', shut: 'Closed',
  held: 'Held',
  box: (who: string, what: string, when: string, whom: string, status: string) => `${who}, ${what}, ${when}, with ${whom}, ${status}`,
  notFree: 'not free',
  howToMove: 'Press M to move it with the arrow keys, Enter to land, Escape to leave it where it was.',
  outside: 'Outside the hours',
  // The chosen one.
  close: 'Close', when: 'When', service: 'Service', with: 'With', party: 'People', reason: 'Reason', changeable: 'Can be changed by the customer until',
  customer: 'Customer', visits: 'Visits', first: 'No other visits.', notes: 'Notes', note: 'Write a note', keep: 'Save',
  // Booking.
  booking: 'Book an appointment', findCustomer: 'Name, phone or e-mail', newCustomer: 'New customer', newCalled: (name: string) => `New customer “${name}”`, another: 'Somebody else', anotherService: 'Another service',
  name: 'Name', reach: 'Phone or e-mail', reachHint: 'Without it, they count as a walk-in.', backToFind: 'Back',
  weConfirm: 'To be confirmed', firstFree: 'First free',
  times: 'Times', noTimes: 'No free times in these days.',
  minutes: (n: number) => `${n} min`,
  bookAt: (when: string) => `Book ${when}`, booked: (who: string, when: string, whom: string) => `${who} is booked: ${when}${whom && ` with ${whom}`}`,
  heldFor: (left: string) => `Held for ${left}`,
  // One's own.
  myDay: 'My day', now: 'Now', next: 'Next', later: 'Later', over: 'Done', dayFree: 'Nothing more today.', done: 'Done', start: 'Start',
  mine: 'My appointments', comes: 'Your next appointment', past: 'Past', more: 'Also booked', again: 'Book again', none: 'You have no appointments.',
  until: (when: string) => `Can be moved or called off until ${when}.`, tooLate: 'It is too late to change it here. Please call us.',
}

const de: typeof en = {
  today: 'Heute', before: 'Früher', after: 'Später', view: 'Ansicht', day: 'Tag', week: 'Woche', agenda: 'Agenda', people: 'Personen und Plätze',
  some: (n, of) => `${n} von ${of}`,
  nothing: 'Keine Termine.', shut: 'Geschlossen',
  held: 'Vorgemerkt',
  box: (who, what, when, whom, status) => `${who}, ${what}, ${when}, bei ${whom}, ${status}`,
  notFree: 'nicht frei',
  howToMove: 'Mit M verschieben Sie den Termin mit den Pfeiltasten; Eingabe legt ihn ab, Escape lässt ihn, wo er war.',
  outside: 'Außerhalb der Zeiten',
  close: 'Schließen', when: 'Wann', service: 'Leistung', with: 'Bei', party: 'Personen', reason: 'Grund', changeable: 'Von der Kundschaft änderbar bis',
  customer: 'Kundschaft', visits: 'Besuche', first: 'Keine weiteren Besuche.', notes: 'Notizen', note: 'Notiz schreiben', keep: 'Speichern',
  booking: 'Termin buchen', findCustomer: 'Name, Telefon oder E-Mail', newCustomer: 'Neu anlegen', newCalled: (name) => `„${name}“ neu anlegen`, another: 'Jemand anderes', anotherService: 'Andere Leistung',
  name: 'Name', reach: 'Telefon oder E-Mail', reachHint: 'Ohne Angabe gilt der Besuch als Laufkundschaft.', backToFind: 'Zurück',
  weConfirm: 'Wird noch bestätigt', firstFree: 'Wer zuerst frei ist',
  times: 'Zeiten', noTimes: 'In diesen Tagen ist nichts frei.',
  minutes: (n) => `${n} Min.`,
  bookAt: (when) => `${when} buchen`, booked: (who, when, whom) => `${who} ist gebucht: ${when}${whom && ` bei ${whom}`}`,
  heldFor: (left) => `Noch ${left} vorgemerkt`,
  myDay: 'Mein Tag', now: 'Jetzt', next: 'Als Nächstes', later: 'Später', over: 'Erledigt', dayFree: 'Heute steht nichts mehr an.', done: 'Fertig', start: 'Beginnen',
  mine: 'Meine Termine', comes: 'Ihr nächster Termin', past: 'Vergangen', more: 'Außerdem gebucht', again: 'Noch einmal buchen', none: 'Sie haben keine Termine.',
  until: (when) => `Bis ${when} können Sie verschieben oder absagen.`, tooLate: 'Für eine Änderung ist es hier zu spät. Bitte rufen Sie uns an.',
}

const ru: typeof en = {
  today: 'Сегодня', before: 'Раньше', after: 'Позже', view: 'Вид', day: 'День', week: 'Неделя', agenda: 'Список', people: 'Люди и места',
  some: (n, of) => `${n} из ${of}`,
  nothing: 'Записей нет.', shut: 'Закрыто',
  held: 'Придержано',
  box: (who, what, when, whom, status) => `${who}, ${what}, ${when}, мастер ${whom}, ${status}`,
  notFree: 'занято',
  howToMove: 'Нажмите M и двигайте стрелками; Enter — оставить на новом месте, Escape — вернуть.',
  outside: 'Вне рабочих часов',
  close: 'Закрыть', when: 'Когда', service: 'Услуга', with: 'У кого', party: 'Человек', reason: 'Причина', changeable: 'Клиент может изменить до',
  customer: 'Клиент', visits: 'Визиты', first: 'Других визитов нет.', notes: 'Заметки', note: 'Написать заметку', keep: 'Сохранить',
  booking: 'Новая запись', findCustomer: 'Имя, телефон или почта', newCustomer: 'Новый клиент', newCalled: (name) => `Новый клиент «${name}»`, another: 'Другой клиент', anotherService: 'Другая услуга',
  name: 'Имя', reach: 'Телефон или почта', reachHint: 'Без них — клиент с улицы.', backToFind: 'Назад',
  weConfirm: 'Подтверждаем вручную', firstFree: 'Кто свободен первым',
  times: 'Время', noTimes: 'В эти дни свободного времени нет.',
  minutes: (n) => `${n} мин`,
  bookAt: (when) => `Записать на ${when}`, booked: (who, when, whom) => `${who}: запись на ${[when, whom].filter(Boolean).join(', ')}`,
  heldFor: (left) => `Придержано ещё ${left}`,
  myDay: 'Мой день', now: 'Сейчас', next: 'Следующая', later: 'Позже', over: 'Готово', dayFree: 'На сегодня больше ничего нет.', done: 'Готово', start: 'Начать',
  mine: 'Мои записи', comes: 'Ваша ближайшая запись', past: 'Прошедшие', more: 'Также записаны', again: 'Записаться ещё раз', none: 'У вас нет записей.',
  until: (when) => `Перенести или отменить можно до ${when}.`, tooLate: 'Изменить здесь уже нельзя. Пожалуйста, позвоните нам.',
}

const fr: typeof en = {
  today: 'Aujourd’hui', before: 'Plus tôt', after: 'Plus tard', view: 'Vue', day: 'Jour', week: 'Semaine', agenda: 'Agenda', people: 'Personnes et postes',
  some: (n, of) => `${n} sur ${of}`,
  nothing: 'Aucun rendez-vous.', shut: 'Fermé',
  held: 'Réservé un instant',
  box: (who, what, when, whom, status) => `${who}, ${what}, ${when}, avec ${whom}, ${status}`,
  notFree: 'pas libre',
  howToMove: 'Appuyez sur M pour déplacer avec les flèches, Entrée pour poser, Échap pour laisser en place.',
  outside: 'En dehors des heures',
  close: 'Fermer', when: 'Quand', service: 'Prestation', with: 'Avec', party: 'Personnes', reason: 'Motif', changeable: 'Modifiable par le client jusqu’au',
  customer: 'Client', visits: 'Visites', first: 'Pas d’autre visite.', notes: 'Notes', note: 'Écrire une note', keep: 'Enregistrer',
  booking: 'Prendre un rendez-vous', findCustomer: 'Nom, téléphone ou e-mail', newCustomer: 'Nouveau client', newCalled: (name) => `Nouveau client « ${name} »`, another: 'Quelqu’un d’autre', anotherService: 'Une autre prestation',
  name: 'Nom', reach: 'Téléphone ou e-mail', reachHint: 'Sans cela, c’est un client de passage.', backToFind: 'Retour',
  weConfirm: 'À confirmer', firstFree: 'Première disponibilité',
  times: 'Heures', noTimes: 'Rien de libre ces jours-là.',
  minutes: (n) => `${n} min`,
  bookAt: (when) => `Réserver ${when}`, booked: (who, when, whom) => `${who} : réservé, ${when}${whom && ` avec ${whom}`}`,
  heldFor: (left) => `Gardé encore ${left}`,
  myDay: 'Ma journée', now: 'Maintenant', next: 'Ensuite', later: 'Plus tard', over: 'Terminés', dayFree: 'Plus rien aujourd’hui.', done: 'Terminé', start: 'Commencer',
  mine: 'Mes rendez-vous', comes: 'Votre prochain rendez-vous', past: 'Passés', more: 'Aussi réservés', again: 'Réserver à nouveau', none: 'Vous n’avez pas de rendez-vous.',
  until: (when) => `Modifiable ou annulable jusqu’au ${when}.`, tooLate: 'Il est trop tard pour le changer ici. Appelez-nous, s’il vous plaît.',
}

export const useTexts = phrases({ en: { ...actPhrases.en, ...en }, de: { ...actPhrases.de, ...de }, ru: { ...actPhrases.ru, ...ru }, fr: { ...actPhrases.fr, ...fr } })
