// The phrases of the dialogues in which something is booked or moved, which are loaded with them.
import { phrases } from '../../texts'

export const useDialogTexts = phrases({
  en: {
    lacks: { customer: 'Choose who it is for.', service: 'Choose a service.', time: 'Choose a time.', reason: 'Give a reason.' }, bookedByMistake: 'Booked by mistake.',
    likeLast: (what: string, whom: string) => (whom ? `Like last time: ${what} with ${whom}` : `Like last time: ${what}`),
    comesAlready: (what: string, whom: string, when: string) => `Booked already: ${[what, whom].filter(Boolean).join(' with ')}, ${when}`, insteadAt: (when: string, whom: string) => `${when}${whom && ` with ${whom}`} instead`,
  },
  de: {
    lacks: { customer: 'Für wen? Wählen Sie jemanden aus.', service: 'Wählen Sie eine Leistung.', time: 'Wählen Sie eine Zeit.', reason: 'Nennen Sie einen Grund.' }, bookedByMistake: 'Aus Versehen gebucht.',
    likeLast: (what, whom) => (whom ? `Wie beim letzten Mal: ${what} bei ${whom}` : `Wie beim letzten Mal: ${what}`),
    comesAlready: (what, whom, when) => `Schon gebucht: ${[what, whom].filter(Boolean).join(' bei ')}, ${when}`, insteadAt: (when, whom) => `Stattdessen ${when}${whom && ` bei ${whom}`}`,
  },
  ru: {
    lacks: { customer: 'Выберите клиента.', service: 'Выберите услугу.', time: 'Выберите время.', reason: 'Укажите причину.' }, bookedByMistake: 'Записано по ошибке.',
    likeLast: (what, whom) => (whom ? `Как в прошлый раз: ${what}, ${whom}` : `Как в прошлый раз: ${what}`),
    comesAlready: (what, whom, when) => `Уже есть запись: ${[what, whom, when].filter(Boolean).join(', ')}`, insteadAt: (when, whom) => `Вместо этого: ${[when, whom].filter(Boolean).join(', ')}`,
  },
  fr: {
    lacks: { customer: 'Choisissez pour qui.', service: 'Choisissez une prestation.', time: 'Choisissez une heure.', reason: 'Donnez un motif.' }, bookedByMistake: 'Réservé par erreur.',
    likeLast: (what, whom) => (whom ? `Comme la dernière fois : ${what} avec ${whom}` : `Comme la dernière fois : ${what}`),
    comesAlready: (what, whom, when) => `Déjà réservé : ${[what, whom].filter(Boolean).join(' avec ')}, ${when}`, insteadAt: (when, whom) => `Plutôt ${when}${whom && ` avec ${whom}`}`,
  },
})
