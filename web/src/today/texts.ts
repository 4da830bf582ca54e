// The phrases of Today.
import { phrases } from '../texts'

const en = {
  numbers: 'Numbers of the day',
  appointments: 'Appointments today', chairs: 'People booked', requests: 'Open requests', licenses: 'Licences ending in 30 days', parked: 'Messages put aside',
  free: (who: string, from: string, until: string) => `free: ${who} ${from}–${until}`, urgent: (n: number) => `${n} urgent`, unanswered: (n: number) => `${n} without an answer`,
  next: 'Next', all: 'All of today', nothingNext: 'Nothing more today.', shut: 'Closed today',
  needs: 'Needs you', toConfirm: 'To be confirmed', toAnswer: 'Requests without an answer', nothingNeeds: 'Nothing waits for you.',
  ends: (when: string) => `Ends ${when}`, isParked: 'A message of a purchase was put aside',
  happened: 'What happened', nothingHappened: 'Nothing yet.',
}

const de: typeof en = {
  numbers: 'Zahlen des Tages',
  appointments: 'Termine heute', chairs: 'Auslastung', requests: 'Offene Anfragen', licenses: 'Lizenzen, die in 30 Tagen enden', parked: 'Zurückgestellte Nachrichten',
  free: (who, from, until) => `frei: ${who} ${from}–${until}`, urgent: (n) => `${n} dringend`, unanswered: (n) => `${n} ohne Antwort`,
  next: 'Als Nächstes', all: 'Alle von heute', nothingNext: 'Heute steht nichts mehr an.', shut: 'Heute geschlossen',
  needs: 'Wartet auf Sie', toConfirm: 'Zu bestätigen', toAnswer: 'Anfragen ohne Antwort', nothingNeeds: 'Nichts wartet auf Sie.',
  ends: (when) => `Endet ${when}`, isParked: 'Eine Nachricht zu einem Kauf ist zurückgestellt',
  happened: 'Was geschah', nothingHappened: 'Noch nichts.',
}

const ru: typeof en = {
  numbers: 'Показатели дня',
  appointments: 'Записи на сегодня', chairs: 'Загрузка', requests: 'Открытые обращения', licenses: 'Лицензии, истекающие за 30 дней', parked: 'Отложенные сообщения',
  free: (who, from, until) => `свободно: ${who} ${from}–${until}`, urgent: (n) => `срочных: ${n}`, unanswered: (n) => `${n} без ответа`,
  next: 'Дальше', all: 'Все за сегодня', nothingNext: 'На сегодня больше ничего нет.', shut: 'Сегодня закрыто',
  needs: 'Ждёт вас', toConfirm: 'Ждут подтверждения', toAnswer: 'Обращения без ответа', nothingNeeds: 'Вас ничего не ждёт.',
  ends: (when) => `Истекает ${when}`, isParked: 'Сообщение о покупке отложено',
  happened: 'Что произошло', nothingHappened: 'Пока ничего.',
}

const fr: typeof en = {
  numbers: 'Chiffres du jour',
  appointments: 'Rendez-vous du jour', chairs: 'Occupation', requests: 'Demandes ouvertes', licenses: 'Licences finissant sous 30 jours', parked: 'Messages mis de côté',
  free: (who, from, until) => `libre : ${who} ${from}–${until}`, urgent: (n) => `${n} en urgence`, unanswered: (n) => `${n} sans réponse`,
  next: 'À suivre', all: 'Toute la journée', nothingNext: 'Plus rien aujourd’hui.', shut: 'Fermé aujourd’hui',
  needs: 'À vous de voir', toConfirm: 'À confirmer', toAnswer: 'Demandes sans réponse', nothingNeeds: 'Rien ne vous attend.',
  ends: (when) => `Finit ${when}`, isParked: 'Un message d’achat est mis de côté',
  happened: 'Ce qui s’est passé', nothingHappened: 'Rien pour l’instant.',
}

export const useTexts = phrases({ en, de, ru, fr })
