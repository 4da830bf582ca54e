// What is said of appointments wherever something is done with them: the screens on which they are drawn have more.
import { phrases } from '../../texts'

const en = {
  appointment: 'Appointment', book: 'Book', isPast: 'This time is past.',
  acts: { confirm: 'Confirm', start: 'Check in', complete: 'Finish', no_show: 'No-show', move: 'Move', cancel: 'Call off', decline: 'Decline', reopen: 'Reopen' },
  stepped: {
    confirm: (who: string) => `${who} is confirmed`, start: (who: string) => `${who} is here`, complete: (who: string) => `${who} is done`, no_show: (who: string) => `${who} did not come`,
  },
  moved: (who: string, when: string, whom: string) => `${who} is now at ${when}${whom && ` with ${whom}`}`,
  moveTo: (when: string, whom: string) => `Move to ${when}${whom && ` with ${whom}`}`,
  reopened: (who: string) => `${who} is open again`,
  notHere: (who: string) => `${who} is not here yet`,
  mistake: 'By mistake.',
  refused: 'Not possible:',
  taken: (whom: string, from: string, until: string) => `${whom} is taken from ${from} to ${until}`,
  busy: (from: string, until: string) => `the customer has another appointment from ${from} to ${until}`,
  away: (whom: string, hours: string) => (hours ? `${whom} is there from ${hours} on that day` : `${whom} is not there on that day`),
}

const de: typeof en = {
  appointment: 'Termin', book: 'Buchen', isPast: 'Diese Zeit ist vorbei.',
  acts: { confirm: 'Bestätigen', start: 'Ist da', complete: 'Fertig', no_show: 'Nicht erschienen', move: 'Verschieben', cancel: 'Absagen', decline: 'Ablehnen', reopen: 'Wieder öffnen' },
  stepped: { confirm: (who) => `${who} ist bestätigt`, start: (who) => `${who} ist da`, complete: (who) => `${who} ist fertig`, no_show: (who) => `${who} ist nicht erschienen` },
  moved: (who, when, whom) => `${who} ist jetzt am ${when}${whom && ` bei ${whom}`}`,
  moveTo: (when, whom) => `Auf ${when}${whom && ` bei ${whom}`} verschieben`,
  reopened: (who) => `${who} ist wieder offen`,
  notHere: (who) => `${who} ist noch nicht da`,
  mistake: 'Aus Versehen.',
  refused: 'Nicht möglich:',
  taken: (whom, from, until) => `${whom} ist von ${from} bis ${until} vergeben`,
  busy: (from, until) => `von ${from} bis ${until} ist schon ein anderer Termin gebucht`,
  away: (whom, hours) => (hours ? `${whom} ist an diesem Tag von ${hours} da` : `${whom} ist an diesem Tag nicht da`),
}

const ru: typeof en = {
  appointment: 'Запись', book: 'Записать', isPast: 'Это время уже прошло.',
  acts: { confirm: 'Подтвердить', start: 'Клиент пришёл', complete: 'Завершить', no_show: 'Не пришёл', move: 'Перенести', cancel: 'Отменить запись', decline: 'Отклонить', reopen: 'Открыть снова' },
  stepped: { confirm: (who) => `Подтверждено: ${who}`, start: (who) => `На месте: ${who}`, complete: (who) => `Завершено: ${who}`, no_show: (who) => `Неявка: ${who}` },
  moved: (who, when, whom) => `${who}: теперь ${[when, whom].filter(Boolean).join(', ')}`,
  moveTo: (when, whom) => `Перенести на ${[when, whom].filter(Boolean).join(', ')}`,
  reopened: (who) => `Снова открыто: ${who}`,
  notHere: (who) => `Ещё не на месте: ${who}`,
  mistake: 'По ошибке.',
  refused: 'Не получилось:',
  taken: (whom, from, until) => `${whom}: занято с ${from} до ${until}`,
  busy: (from, until) => `у клиента другая запись с ${from} до ${until}`,
  away: (whom, hours) => (hours ? `${whom}: в этот день ${hours}` : `${whom}: в этот день недоступно`),
}

const fr: typeof en = {
  appointment: 'Rendez-vous', book: 'Réserver', isPast: 'Cette heure est passée.',
  acts: { confirm: 'Confirmer', start: 'Est là', complete: 'Terminer', no_show: 'Absent', move: 'Déplacer', cancel: 'Annuler le rendez-vous', decline: 'Refuser', reopen: 'Rouvrir' },
  stepped: { confirm: (who) => `${who} : confirmé`, start: (who) => `${who} : arrivé`, complete: (who) => `${who} : terminé`, no_show: (who) => `${who} : non venu` },
  moved: (who, when, whom) => `${who} : désormais ${when}${whom && ` avec ${whom}`}`,
  moveTo: (when, whom) => `Déplacer à ${when}${whom && ` avec ${whom}`}`,
  reopened: (who) => `${who} : rouvert`,
  notHere: (who) => `${who} : pas encore arrivé`,
  mistake: 'Par erreur.',
  refused: 'Impossible :',
  taken: (whom, from, until) => `${whom} : occupé de ${from} à ${until}`,
  busy: (from, until) => `un autre rendez-vous est prévu de ${from} à ${until}`,
  away: (whom, hours) => (hours ? `${whom} : présent ce jour-là ${hours}` : `${whom} : absent ce jour-là`),
}

export const actPhrases = { en, de, ru, fr }

export const useActTexts = phrases(actPhrases)
