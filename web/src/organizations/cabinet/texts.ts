// The phrases of organisations, for who looks after them and for who belongs to one.
import { phrases } from '../../texts'

export const useTexts = phrases({
  en: {
    title: 'Organisations', none: 'Choose an organisation.', moveHint: 'Drag it onto another one, or press M, to move it.', people: 'Who may in', invite: 'Invite', until: (day: string) => `until ${day}`,
    nobody: 'Nobody yet. Invite somebody.', remove: 'Take out', withdraw: 'Withdraw', licences: 'Licences', requests: 'Requests', you: 'you', change: (name: string) => `What ${name} may do`, noOrganisation: 'You do not belong to an organisation yet.',
    software: 'Your software', ending: 'Ending within 30 days', nothingEnds: 'Nothing ends soon.', open: 'Open requests', noRequests: 'You have asked nothing yet.', ask: 'Ask support', notices: 'Notices', noNotices: 'No news.', all: 'All', perpetual: 'no end', organisations: 'Organisations',
  },
  de: {
    title: 'Organisationen', none: 'Wählen Sie eine Organisation aus.', moveHint: 'Zum Verschieben auf eine andere ziehen oder M drücken.', people: 'Wer Zugang hat', invite: 'Einladen', until: (day) => `bis ${day}`,
    nobody: 'Noch niemand. Laden Sie jemanden ein.', remove: 'Zugang entziehen', withdraw: 'Zurückziehen', licences: 'Lizenzen', requests: 'Anfragen', you: 'Sie', change: (name) => `Was ${name} darf`, noOrganisation: 'Sie gehören noch zu keiner Organisation.',
    software: 'Ihre Software', ending: 'Enden in 30 Tagen', nothingEnds: 'Nichts läuft bald ab.', open: 'Offene Anfragen', noRequests: 'Sie haben noch nichts gefragt.', ask: 'Support fragen', notices: 'Nachrichten', noNotices: 'Nichts Neues.', all: 'Alle', perpetual: 'ohne Ende', organisations: 'Organisationen',
  },
  ru: {
    title: 'Организации', none: 'Выберите организацию.', moveHint: 'Чтобы переместить, перетащите её на другую или нажмите M.', people: 'У кого есть доступ', invite: 'Пригласить', until: (day) => `до ${day}`,
    nobody: 'Пока никого. Пригласите кого-нибудь.', remove: 'Закрыть доступ', withdraw: 'Отозвать', licences: 'Лицензии', requests: 'Обращения', you: 'вы', change: (name) => `Что может ${name}`, noOrganisation: 'Вы пока не состоите ни в одной организации.',
    software: 'Ваши программы', ending: 'Истекают за 30 дней', nothingEnds: 'В ближайшее время ничего не истекает.', open: 'Открытые обращения', noRequests: 'Вы пока ничего не спрашивали.', ask: 'Спросить поддержку', notices: 'Уведомления', noNotices: 'Новостей нет.', all: 'Все', perpetual: 'бессрочно', organisations: 'Организации',
  },
  fr: {
    title: 'Organisations', none: 'Choisissez une organisation.', moveHint: 'Pour la déplacer, glissez-la sur une autre ou appuyez sur M.', people: 'Qui a accès', invite: 'Inviter', until: (day) => `jusqu’au ${day}`,
    nobody: 'Personne encore. Invitez quelqu’un.', remove: 'Retirer l’accès', withdraw: 'Annuler', licences: 'Licences', requests: 'Demandes', you: 'vous', change: (name) => `Ce que ${name} peut faire`, noOrganisation: 'Vous n’appartenez encore à aucune organisation.',
    software: 'Vos logiciels', ending: 'Expirent sous 30 jours', nothingEnds: 'Rien n’expire bientôt.', open: 'Demandes ouvertes', noRequests: 'Vous n’avez encore rien demandé.', ask: 'Demander à l’assistance', notices: 'Avis', noNotices: 'Rien de neuf.', all: 'Tout', perpetual: 'sans fin', organisations: 'Organisations',
  },
})
