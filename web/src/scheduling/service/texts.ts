// The phrases of services.
import { phrases } from '../../texts'

const en = {
  course: 'How it goes', prepare: 'Prepare', clean: 'Clean up', free: 'nobody needed', minutes: (n: number) => `${n} min`, rules: 'Rules', from: (price: string) => `from ${price}`, nothing: 'free of charge',
  notice: 'Book at least', horizon: 'Book at most', cutoff: 'Call off until', step: 'Starts every', before: (time: string) => `${time} before`, ahead: (time: string) => `${time} ahead`, any: 'any time', confirm: 'Bookings', atOnce: 'are confirmed at once', byHand: 'are confirmed by hand',
}
const de: typeof en = {
  course: 'Ablauf', prepare: 'Vorbereiten', clean: 'Aufräumen', free: 'niemand nötig', minutes: (n) => `${n} Min.`, rules: 'Regeln', from: (price) => `ab ${price}`, nothing: 'kostenlos',
  notice: 'Buchen mindestens', horizon: 'Buchen höchstens', cutoff: 'Absagen bis', step: 'Beginnt alle', before: (time) => `${time} vorher`, ahead: (time) => `${time} im Voraus`, any: 'jederzeit', confirm: 'Buchungen', atOnce: 'gelten sofort', byHand: 'werden von Hand bestätigt',
}
const ru: typeof en = {
  course: 'Как проходит', prepare: 'Подготовка', clean: 'Уборка', free: 'никто не нужен', minutes: (n) => `${n} мин`, rules: 'Правила', from: (price) => `от ${price}`, nothing: 'бесплатно',
  notice: 'Записаться не позже чем за', horizon: 'Записаться не раньше чем за', cutoff: 'Отменить не позже чем за', step: 'Начало каждые', before: (time) => time, ahead: (time) => time, any: 'в любое время', confirm: 'Записи', atOnce: 'подтверждаются сразу', byHand: 'подтверждаются вручную',
}
const fr: typeof en = {
  course: 'Déroulement', prepare: 'Préparation', clean: 'Rangement', free: 'personne', minutes: (n) => `${n} min`, rules: 'Règles', from: (price) => `dès ${price}`, nothing: 'gratuit',
  notice: 'Réserver au moins', horizon: 'Réserver au plus', cutoff: 'Annuler jusqu’à', step: 'Débute toutes les', before: (time) => `${time} avant`, ahead: (time) => `${time} à l’avance`, any: 'à tout moment', confirm: 'Les réservations', atOnce: 'sont confirmées aussitôt', byHand: 'sont confirmées à la main',
}

export const useTexts = phrases({ en, de, ru, fr })
