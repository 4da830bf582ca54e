// The phrases of reports.
import { phrases } from '../texts'

type Named = Record<string, string | undefined>

const en = {
  about: {
    issues: 'How many requests there are, by status, age, who works on them, product and organisation.',
    utilisation: 'How much of their time chairs and people are booked, week by week.',
  } as Named,
  asOf: (when: string) => `As of ${when}`,
  cut: (n: number) => `These are the first ${n} rows. Narrow them, or download all of them.`,
  utilisationOf: (from: string, until: string) => `Booked of the time that there is, ${from} to ${until}`,
  inTable: (name: string) => `${name}: the table below says it in figures`, none: '–',
  byStatus: 'By status', byAge: 'By age', byAssignee: 'By who works on them', nobody: 'Nobody', staff: 'Our team',
  band: (days: number) => ({ 0: 'Today', 1: '1 to 6 days', 7: '1 to 4 weeks', 30: '1 to 3 months' })[days] ?? `${days} days and more`,
}

export const useTexts = phrases({
  en,
  de: {
    about: {
      issues: 'Wie viele Anfragen es gibt, nach Status, Alter, Bearbeitung, Produkt und Organisation.',
      utilisation: 'Wie viel ihrer Zeit Plätze und Personen gebucht sind, Woche für Woche.',
    },
    asOf: (when) => `Stand: ${when}`,
    cut: (n) => `Das sind die ersten ${n} Zeilen. Grenzen Sie sie ein, oder laden Sie alle herunter.`,
    utilisationOf: (from, until) => `Gebucht von der verfügbaren Zeit, ${from} bis ${until}`,
    inTable: (name) => `${name}: die Tabelle darunter nennt die Zahlen`, none: '–',
    byStatus: 'Nach Status', byAge: 'Nach Alter', byAssignee: 'Nach Bearbeitung', nobody: 'Niemand', staff: 'Unser Team',
    band: (days) => ({ 0: 'Heute', 1: '1 bis 6 Tage', 7: '1 bis 4 Wochen', 30: '1 bis 3 Monate' })[days] ?? `${days} Tage und mehr`,
  },
  ru: {
    about: {
      issues: 'Сколько обращений есть: по состоянию, возрасту, ответственному, продукту и организации.',
      utilisation: 'Какая часть времени мест и людей занята, по неделям.',
    },
    asOf: (when) => `По состоянию на ${when}`,
    cut: (n) => `Это первые строки (${n}). Сузьте выбор или скачайте все.`,
    utilisationOf: (from, until) => `Занято из доступного времени, ${from} – ${until}`,
    inTable: (name) => `${name}: числа стоят в таблице ниже`, none: '–',
    byStatus: 'По состоянию', byAge: 'По возрасту', byAssignee: 'По ответственному', nobody: 'Никто', staff: 'Наша команда',
    band: (days) => ({ 0: 'Сегодня', 1: 'От 1 до 6 дней', 7: 'От 1 до 4 недель', 30: 'От 1 до 3 месяцев' })[days] ?? `${days} дней и больше`,
  },
  fr: {
    about: {
      issues: 'Combien de demandes il y a, par état, âge, personne chargée, produit et organisation.',
      utilisation: 'Quelle part de leur temps les places et les personnes sont réservées, semaine par semaine.',
    },
    asOf: (when) => `État au ${when}`,
    cut: (n) => `Voici les ${n} premières lignes. Précisez la sélection ou téléchargez-les toutes.`,
    utilisationOf: (from, until) => `Réservé sur le temps disponible, ${from} à ${until}`,
    inTable: (name) => `${name} : le tableau ci-dessous donne les chiffres`, none: '–',
    byStatus: 'Par état', byAge: 'Par âge', byAssignee: 'Par personne chargée', nobody: 'Personne', staff: 'Notre équipe',
    band: (days) => ({ 0: 'Aujourd’hui', 1: '1 à 6 jours', 7: '1 à 4 semaines', 30: '1 à 3 mois' })[days] ?? `${days} jours et plus`,
  },
})
