// The phrases of scenarios.
import { phrases } from '../../texts'

export const useTexts = phrases({
  en: {
    whatIf: 'What if', counterfactual: 'Counterfactual', intro: 'Other policies over the same facts: whatever was booked, ordered or revoked stays so, at the same time. All of the replay is then what would have been.',
    allServices: 'All services, if none is chosen', allProducts: 'All products, if none is chosen', every: { service_price: 'All services', issuance: 'All products' }, byPercent: 'By percent', toAmount: 'To an amount', same: 'As it was', notices: 'Notices, days before the end',
    repeated: 'Another change is about the same.', changesNothing: 'Change the term, the days of grace or the notices.', tooShort: 'A term lasts at least a day.', tooMany: 'At most 12 different numbers of days, from 1 on.',
    difference: 'What differs', columns: 'Each line is a field in which a row differs: view, id and number (its place in a list) say where; actual is what was, counterfactual what would have been; change says whether the row was added, removed or changed.',
  },
  de: {
    whatIf: 'Was wäre, wenn', counterfactual: 'Kontrafaktisch', intro: 'Andere Regeln über denselben Tatsachen: Was gebucht, bestellt oder entzogen wurde, bleibt so, zur selben Zeit. Das ganze Replay ist dann, was gewesen wäre.',
    allServices: 'Alle Leistungen, wenn keine gewählt ist', allProducts: 'Alle Produkte, wenn keines gewählt ist', every: { service_price: 'Alle Leistungen', issuance: 'Alle Produkte' }, byPercent: 'In Prozent', toAmount: 'Neuer Betrag', same: 'Wie es war', notices: 'Hinweise, Tage vor dem Ende',
    repeated: 'Eine andere Änderung betrifft dasselbe.', changesNothing: 'Ändern Sie Laufzeit, Nachfrist oder Hinweise.', tooShort: 'Eine Laufzeit dauert mindestens einen Tag.', tooMany: 'Höchstens 12 verschiedene Zahlen von Tagen, ab 1.',
    difference: 'Was sich unterscheidet', columns: 'Jede Zeile ist ein Feld, das abweicht: view, id und number (der Platz in einer Liste) sagen, wo; actual ist, was war, counterfactual, was gewesen wäre; change sagt, ob die Zeile hinzukam (added), wegfiel (removed) oder anders ist (changed).',
  },
  ru: {
    whatIf: 'Что, если бы', counterfactual: 'Гипотетически', intro: 'Другие правила при тех же фактах: что было забронировано, заказано или отозвано, остаётся таким же и в то же время. Всё воспроизведение тогда показывает, что было бы.',
    allServices: 'Все услуги, если ни одна не выбрана', allProducts: 'Все продукты, если ни один не выбран', every: { service_price: 'Все услуги', issuance: 'Все продукты' }, byPercent: 'В процентах', toAmount: 'Новая сумма', same: 'Как было', notices: 'Уведомления, дней до окончания',
    repeated: 'Другое изменение касается того же.', changesNothing: 'Измените срок, льготный период или уведомления.', tooShort: 'Срок длится не менее одного дня.', tooMany: 'Не более 12 разных чисел дней, начиная с 1.',
    difference: 'Что отличается', columns: 'Каждая строка — поле, которое отличается: view, id и number (место в списке) говорят, где; actual — что было, counterfactual — что было бы; change — добавлена ли строка (added), убрана (removed) или изменена (changed).',
  },
  fr: {
    whatIf: 'Et si', counterfactual: 'Contrefactuel', intro: 'D’autres règles sur les mêmes faits : ce qui a été réservé, commandé ou révoqué le reste, au même moment. Tout le rejeu est alors ce qui aurait été.',
    allServices: 'Toutes les prestations, si aucune n’est choisie', allProducts: 'Tous les produits, si aucun n’est choisi', every: { service_price: 'Toutes les prestations', issuance: 'Tous les produits' }, byPercent: 'En pourcentage', toAmount: 'Nouveau montant', same: 'Comme avant', notices: 'Avis, jours avant la fin',
    repeated: 'Un autre changement porte sur la même chose.', changesNothing: 'Changez la durée, les jours de grâce ou les avis.', tooShort: 'Une durée est d’au moins un jour.', tooMany: 'Au plus 12 nombres de jours différents, à partir de 1.',
    difference: 'Ce qui diffère', columns: 'Chaque ligne est un champ qui diffère : view, id et number (la place dans une liste) disent où ; actual est ce qui était, counterfactual ce qui aurait été ; change dit si la ligne a été ajoutée (added), retirée (removed) ou modifiée (changed).',
  },
})
