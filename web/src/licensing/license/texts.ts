// The phrases of licences.
import { phrases } from '../../texts'

const counted = new Intl.PluralRules('ru')

export const useTexts = phrases({
  en: {
    views: { all: 'All', active: 'Active', ending: 'Ending within 30 days', grace: 'In grace', suspended: 'Suspended' },
    term: 'Term', today: 'Today', grace: 'Grace', noEnd: 'No end', seats: (n: number) => (n === 1 ? '1 seat' : `${n} seats`), until: (day: string) => `until ${day}`, requests: 'Requests about it', askRenewal: 'Ask to renew',
    left: (n: number) => (n === 0 ? 'ends today' : n === 1 ? 'ends tomorrow' : `ends in ${n} days`), over: 'the term is over', runs: (from: string, until: string) => `the term that runs: ${from} – ${until}`,
  },
  de: {
    views: { all: 'Alle', active: 'Aktiv', ending: 'Enden in 30 Tagen', grace: 'In der Nachfrist', suspended: 'Ausgesetzt' },
    term: 'Laufzeit', today: 'Heute', grace: 'Nachfrist', noEnd: 'Ohne Ende', seats: (n) => (n === 1 ? '1 Platz' : `${n} Plätze`), until: (day) => `bis ${day}`, requests: 'Anfragen dazu', askRenewal: 'Um Verlängerung bitten',
    left: (n) => (n === 0 ? 'endet heute' : n === 1 ? 'endet morgen' : `endet in ${n} Tagen`), over: 'die Laufzeit ist vorbei', runs: (from, until) => `laufender Zeitraum: ${from} – ${until}`,
  },
  ru: {
    views: { all: 'Все', active: 'Действуют', ending: 'Истекают за 30 дней', grace: 'Льготный срок', suspended: 'Приостановлены' },
    term: 'Срок', today: 'Сегодня', grace: 'Льготный срок', noEnd: 'Бессрочно', seats: (n) => `${n} ${{ one: 'место', few: 'места', many: 'мест', other: 'места', zero: 'мест', two: 'места' }[counted.select(n)]}`, until: (day) => `до ${day}`, requests: 'Обращения по ней', askRenewal: 'Попросить продлить',
    left: (n) => (n === 0 ? 'истекает сегодня' : n === 1 ? 'истекает завтра' : `истекает через ${n} ${{ one: 'день', few: 'дня', many: 'дней', other: 'дня', zero: 'дней', two: 'дня' }[counted.select(n)]}`), over: 'срок истёк', runs: (from, until) => `текущий срок: ${from} – ${until}`,
  },
  fr: {
    views: { all: 'Toutes', active: 'Actives', ending: 'Expirent sous 30 jours', grace: 'Délai de grâce', suspended: 'Suspendues' },
    term: 'Durée', today: 'Aujourd’hui', grace: 'Délai de grâce', noEnd: 'Sans fin', seats: (n) => (n < 2 ? `${n} poste` : `${n} postes`), until: (day) => `jusqu’au ${day}`, requests: 'Demandes à son sujet', askRenewal: 'Demander le renouvellement',
    left: (n) => (n === 0 ? 'expire aujourd’hui' : n === 1 ? 'expire demain' : `expire dans ${n} jours`), over: 'la durée est écoulée', runs: (from, until) => `période en cours : ${from} – ${until}`,
  },
})
