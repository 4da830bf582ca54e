// The phrases of products: the issuance policy as a sentence, and what its parameters may be.
import { phrases } from '../../texts'

export const useTexts = phrases({
  en: {
    newTemplate: 'New template', noTemplates: 'Its documents say what those of all products say.',
    policy: 'How licences are issued', noPolicy: 'There is no policy yet: nothing can be issued.', parameters: 'Parameters', noParameters: 'It has no parameters.', perpetual: 'A licence has no end.',
    lasts: (length: string) => `A licence lasts ${length}.`, grace: (days: string) => `It works ${days} longer.`, told: (days: string) => `The holder is told ${days} days before the end.`,
    seats: 'Three of it are one licence with three seats.', separate: 'Three of it are three licences.', name: 'Name', values: 'May be', needed: 'Needed', any: 'anything', from: (n: string) => `from ${n}`, to: (n: string) => `up to ${n}`, licences: 'Licences of it',
    types: { integer: 'whole number', number: 'number', string: 'text', boolean: 'yes or no' } as Record<string, string>,
  },
  de: {
    newTemplate: 'Neue Vorlage', noTemplates: 'In ihren Dokumenten steht, was in denen aller Produkte steht.',
    policy: 'Wie Lizenzen ausgestellt werden', noPolicy: 'Es gibt noch keine Regelung: Nichts kann ausgestellt werden.', parameters: 'Parameter', noParameters: 'Es gibt keine Parameter.', perpetual: 'Eine Lizenz endet nicht.',
    lasts: (length) => `Eine Lizenz läuft ${length}.`, grace: (days) => `Danach funktioniert sie noch ${days}.`, told: (days) => `Wer sie hat, wird ${days} Tage vor dem Ende erinnert.`,
    seats: 'Drei davon sind eine Lizenz mit drei Plätzen.', separate: 'Drei davon sind drei Lizenzen.', name: 'Name', values: 'Erlaubt', needed: 'Nötig', any: 'beliebig', from: (n) => `ab ${n}`, to: (n) => `bis ${n}`, licences: 'Lizenzen dafür',
    types: { integer: 'ganze Zahl', number: 'Zahl', string: 'Text', boolean: 'ja oder nein' },
  },
  ru: {
    newTemplate: 'Новый шаблон', noTemplates: 'В документах этого продукта то же, что и у всех.',
    policy: 'Как выдаются лицензии', noPolicy: 'Правил пока нет: выдать лицензию нельзя.', parameters: 'Параметры', noParameters: 'Параметров нет.', perpetual: 'Лицензия бессрочная.',
    lasts: (length) => `Срок лицензии: ${length}.`, grace: (days) => `После окончания она работает ещё ${days}.`, told: (days) => `Владельца предупреждают за столько дней до конца: ${days}.`,
    seats: 'Три штуки – это одна лицензия на три места.', separate: 'Три штуки – это три лицензии.', name: 'Название', values: 'Допустимо', needed: 'Обязательно', any: 'что угодно', from: (n) => `от ${n}`, to: (n) => `до ${n}`, licences: 'Лицензии на него',
    types: { integer: 'целое число', number: 'число', string: 'текст', boolean: 'да или нет' },
  },
  fr: {
    newTemplate: 'Nouveau modèle', noTemplates: 'Ses documents disent la même chose que ceux de tous les produits.',
    policy: 'Comment les licences sont délivrées', noPolicy: 'Pas encore de règle : rien ne peut être délivré.', parameters: 'Paramètres', noParameters: 'Aucun paramètre.', perpetual: 'Une licence n’a pas de fin.',
    lasts: (length) => `Une licence dure ${length}.`, grace: (days) => `Elle fonctionne encore ${days} ensuite.`, told: (days) => `Le titulaire est prévenu ${days} jours avant la fin.`,
    seats: 'Trois unités font une licence de trois postes.', separate: 'Trois unités font trois licences.', name: 'Nom', values: 'Valeurs possibles', needed: 'Obligatoire', any: 'libre', from: (n) => `à partir de ${n}`, to: (n) => `jusqu’à ${n}`, licences: 'Ses licences',
    types: { integer: 'nombre entier', number: 'nombre', string: 'texte', boolean: 'oui ou non' },
  },
})
