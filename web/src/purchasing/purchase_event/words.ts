// The phrases of messages that wait for somebody.
import { phrases } from '../../words'

export const useWords = phrases({
  en: { views: { parked: 'Waiting', reprocessed: 'Reprocessed', discarded: 'Discarded', all: 'All' }, why: 'Why it waits', payload: 'What was sent' },
  de: { views: { parked: 'Warten', reprocessed: 'Erneut verarbeitet', discarded: 'Verworfen', all: 'Alle' }, why: 'Warum sie wartet', payload: 'Was gesendet wurde' },
  ru: { views: { parked: 'Ждут решения', reprocessed: 'Обработаны снова', discarded: 'Отброшены', all: 'Все' }, why: 'Почему оно ждёт', payload: 'Что было прислано' },
  fr: { views: { parked: 'En attente', reprocessed: 'Retraités', discarded: 'Écartés', all: 'Tous' }, why: 'Pourquoi il attend', payload: 'Ce qui a été envoyé' },
})
