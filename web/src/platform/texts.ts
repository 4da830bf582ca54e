// What audit, refusals, usage and running say.
import { phrases } from '../texts'

export const usePlatformTexts = phrases({
  en: {
    audit: 'What happened', refusals: 'Refusals', exports: 'Taken away', took: (who: string, what: string) => `${who} took away: ${what}`, nobodyTook: 'Nobody has taken a list away as a file.', rows: (n: string) => `${n} rows`, usage: 'Usage', anything: 'Anything', who: 'Who', what: 'What', since: 'Since', together: (n: number) => `${n} events of one act`, only: 'Show only these',
    refused: (who: string, right: string) => `${who} was refused: ${right}`, guest: 'A guest', none: 'Nobody was refused anything.', day: 'Day', requests: 'Requests', nothing: 'Nothing is stuck.',
    title: 'Running', ready: 'Everything is ready', notReady: 'Not everything is ready', position: 'Events so far', stuck: 'Stuck', stuckHint: 'What a process could not do. It tries again by itself, unless the fault is for good.', retry: 'Try again', discard: 'Pass over', attempts: (n: number) => (n === 1 ? '1 attempt' : `${n} attempts`), next: (when: string) => `next ${when}`, forGood: 'for good',
  },
  de: {
    audit: 'Was geschah', refusals: 'Ablehnungen', exports: 'Mitgenommen', took: (who, what) => `${who} hat mitgenommen: ${what}`, nobodyTook: 'Niemand hat eine Liste als Datei mitgenommen.', rows: (n) => `${n} Zeilen`, usage: 'Nutzung', anything: 'Alles', who: 'Wer', what: 'Was', since: 'Seit', together: (n) => `${n} Ereignisse einer Aktion`, only: 'Nur diese zeigen',
    refused: (who, right) => `${who} wurde abgewiesen: ${right}`, guest: 'Ein Gast', none: 'Niemand wurde abgewiesen.', day: 'Tag', requests: 'Anfragen', nothing: 'Nichts ist stecken geblieben.',
    title: 'Betriebszustand', ready: 'Alles ist bereit', notReady: 'Nicht alles ist bereit', position: 'Ereignisse bisher', stuck: 'Stecken geblieben', stuckHint: 'Was ein Ablauf nicht tun konnte. Er versucht es selbst noch einmal, außer der Fehler ist endgültig.', retry: 'Noch einmal', discard: 'Übergehen', attempts: (n) => (n === 1 ? '1 Versuch' : `${n} Versuche`), next: (when) => `nächster ${when}`, forGood: 'endgültig',
  },
  ru: {
    audit: 'Что произошло', refusals: 'Отказы', exports: 'Выгружено', took: (who, what) => `Выгрузка: ${who} — ${what}`, nobodyTook: 'Никто не выгружал списки в файл.', rows: (n) => `строк: ${n}`, usage: 'Использование', anything: 'Всё', who: 'Кто', what: 'Что', since: 'С', together: (n) => `Событий одного действия: ${n}`, only: 'Показать только их',
    refused: (who, right) => `Отказано: ${who} — ${right}`, guest: 'гость', none: 'Отказов не было.', day: 'День', requests: 'Запросы', nothing: 'Ничего не застряло.',
    title: 'Состояние системы', ready: 'Всё готово', notReady: 'Готово не всё', position: 'Событий всего', stuck: 'Застряло', stuckHint: 'То, что процесс не смог сделать. Он попробует ещё раз сам, если ошибка не окончательная.', retry: 'Повторить', discard: 'Пропустить', attempts: (n) => `попыток: ${n}`, next: (when) => `следующая ${when}`, forGood: 'окончательно',
  },
  fr: {
    audit: 'Ce qui s’est passé', refusals: 'Refus', exports: 'Emporté', took: (who, what) => `${who} a emporté : ${what}`, nobodyTook: 'Personne n’a emporté de liste en fichier.', rows: (n) => `${n} lignes`, usage: 'Utilisation', anything: 'Tout', who: 'Qui', what: 'Quoi', since: 'Depuis', together: (n) => `${n} événements d’une action`, only: 'N’afficher que ceux-ci',
    refused: (who, right) => `Refusé à ${who} : ${right}`, guest: 'un visiteur', none: 'Personne n’a essuyé de refus.', day: 'Jour', requests: 'Requêtes', nothing: 'Rien n’est bloqué.',
    title: 'État du système', ready: 'Tout est prêt', notReady: 'Tout n’est pas prêt', position: 'Événements à ce jour', stuck: 'Bloqué', stuckHint: 'Ce qu’un processus n’a pas pu faire. Il réessaie seul, sauf faute définitive.', retry: 'Réessayer', discard: 'Passer outre', attempts: (n) => (n < 2 ? `${n} essai` : `${n} essais`), next: (when) => `prochain ${when}`, forGood: 'définitif',
  },
})
