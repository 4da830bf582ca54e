// The phrases of messages that were put aside.
import { phrases } from '../../texts'

export const useTexts = phrases({
  en: { views: { parked: 'Put aside', reprocessed: 'Reprocessed', discarded: 'Discarded', all: 'All' }, why: 'Why it was put aside', todo: 'Mend the cause (most often a product or organisation that is missing here) and process it again; or discard it, with a reason.', payload: 'What was sent' },
  de: { views: { parked: 'Zurückgestellt', reprocessed: 'Erneut verarbeitet', discarded: 'Verworfen', all: 'Alle' }, why: 'Warum sie zurückgestellt wurde', todo: 'Beheben Sie die Ursache (meist fehlt hier ein Produkt oder eine Organisation) und verarbeiten Sie die Nachricht erneut; oder verwerfen Sie sie mit einem Grund.', payload: 'Was gesendet wurde' },
  ru: { views: { parked: 'Отложены', reprocessed: 'Обработаны снова', discarded: 'Отброшены', all: 'Все' }, why: 'Почему оно отложено', todo: 'Устраните причину (чаще всего здесь нет продукта или организации) и обработайте сообщение снова; или отбросьте его, указав причину.', payload: 'Что было прислано' },
  fr: { views: { parked: 'Mis de côté', reprocessed: 'Retraités', discarded: 'Écartés', all: 'Tous' }, why: 'Pourquoi il est mis de côté', todo: 'Corrigez la cause (le plus souvent un produit ou une organisation qui manque ici) et retraitez-le ; ou écartez-le avec un motif.', payload: 'Ce qui a été envoyé' },
})
