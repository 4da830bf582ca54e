// The phrases of erasing a person.
import { phrases } from '../../texts'

export const useTexts = phrases({
  en: {
    title: 'Personal data', offer: 'When somebody wants to be forgotten, what is known of them is erased for good.',
    goes: 'This goes for good', gone: 'Name, addresses, ways to reach them and all else that is known of them, in lists, in the history and in backups. Nobody can bring it back, not even with a backup.',
    stays: 'This stays', left: 'That something happened and when: appointments, requests, licences, orders and the audit trail, without the person. So does what others wrote about them; you are told where.',
    why: 'Why', reasons: { requested: 'The person asked for it', retention_ended: 'It was kept as long as it had to be', mistake: 'It should never have been recorded' },
    type: (name: string) => `To confirm, type: ${name}`,
    done: 'The personal data is erased', nothing: 'Nothing else is known of this person.', comments: 'Others wrote about them here', related: 'These may be the same person', comment: 'Request', close: 'Close',
  },
  de: {
    title: 'Personenbezogene Daten', offer: 'Will jemand vergessen werden, so wird endgültig gelöscht, was über die Person bekannt ist.',
    goes: 'Das verschwindet für immer', gone: 'Name, Adressen, Kontaktwege und alles andere, was über die Person bekannt ist, in Listen, im Verlauf und in Sicherungen. Niemand kann es zurückholen, auch nicht aus einer Sicherung.',
    stays: 'Das bleibt', left: 'Dass etwas geschah und wann: Termine, Anfragen, Lizenzen, Bestellungen und das Protokoll, ohne die Person. Es bleibt auch, was andere über sie geschrieben haben; Sie erfahren, wo.',
    why: 'Warum', reasons: { requested: 'Die Person hat darum gebeten', retention_ended: 'Die Aufbewahrungsfrist ist vorbei', mistake: 'Die Daten hätten nie erfasst werden dürfen' },
    type: (name) => `Zur Bestätigung eingeben: ${name}`,
    done: 'Die personenbezogenen Daten sind gelöscht', nothing: 'Sonst ist über diese Person nichts bekannt.', comments: 'Hier haben andere über sie geschrieben', related: 'Das ist vielleicht dieselbe Person', comment: 'Anfrage', close: 'Schließen',
  },
  ru: {
    title: 'Личные данные', offer: 'Если человек хочет, чтобы его забыли, всё известное о нём удаляется навсегда.',
    goes: 'Исчезнет навсегда', gone: 'Имя, адреса, контакты и всё остальное, что известно о человеке: в списках, в истории и в резервных копиях. Вернуть это нельзя, даже из резервной копии.',
    stays: 'Останется', left: 'То, что и когда произошло: записи, обращения, лицензии, заказы и журнал действий, но без человека. Останется и то, что о нём написали другие; вы узнаете, где.',
    why: 'Почему', reasons: { requested: 'Человек об этом попросил', retention_ended: 'Срок хранения истёк', mistake: 'Данные не следовало записывать' },
    type: (name) => `Для подтверждения введите: ${name}`,
    done: 'Личные данные удалены', nothing: 'Больше об этом человеке ничего не известно.', comments: 'Здесь о нём писали другие', related: 'Возможно, это тот же человек', comment: 'Обращение', close: 'Закрыть',
  },
  fr: {
    title: 'Données personnelles', offer: 'Quand une personne veut être oubliée, ce que l’on sait d’elle est effacé pour toujours.',
    goes: 'Ceci disparaît pour toujours', gone: 'Le nom, les adresses, les contacts et tout ce que l’on sait de cette personne, dans les listes, l’historique et les sauvegardes. Personne ne peut le faire revenir, même avec une sauvegarde.',
    stays: 'Ceci reste', left: 'Qu’une chose a eu lieu et quand : rendez-vous, demandes, licences, commandes et journal, sans la personne. Reste aussi ce que d’autres ont écrit à son sujet ; on vous dira où.',
    why: 'Pourquoi', reasons: { requested: 'La personne l’a demandé', retention_ended: 'La durée de conservation est passée', mistake: 'Elles n’auraient jamais dû être enregistrées' },
    type: (name) => `Pour confirmer, saisissez : ${name}`,
    done: 'Les données personnelles sont effacées', nothing: 'On ne sait rien d’autre de cette personne.', comments: 'D’autres ont écrit à son sujet ici', related: 'C’est peut-être la même personne', comment: 'Demande', close: 'Fermer',
  },
})
