// What a person's page says of their rights.
import { phrases } from '../../words'

export const useRightsWords = phrases({
  en: { title: 'What they may do', right: 'Right' },
  de: { title: 'Was die Person darf', right: 'Recht' },
  ru: { title: 'Что разрешено', right: 'Право' },
  fr: { title: 'Ce que cette personne peut faire', right: 'Droit' },
})
