// The phrases of the business's settings.
import { phrases } from '../../words'

export const useWords = phrases({
  en: { open: 'Open the homepage', texts: 'What the homepage says', noTexts: 'It says nothing yet. Change it to add a text.', hours: 'When it is open', noHours: 'No hours are given.' },
  de: { open: 'Startseite öffnen', texts: 'Was die Startseite sagt', noTexts: 'Noch nichts. Ergänzen Sie einen Text unter „Ändern“.', hours: 'Öffnungszeiten', noHours: 'Es sind keine Zeiten angegeben.' },
  ru: { open: 'Открыть страницу', texts: 'Что написано на странице', noTexts: 'Пока ничего. Добавьте текст через «Изменить».', hours: 'Часы работы', noHours: 'Часы не указаны.' },
  fr: { open: 'Ouvrir la page d’accueil', texts: 'Ce que dit la page d’accueil', noTexts: 'Rien encore. Ajoutez un texte par « Modifier ».', hours: 'Horaires d’ouverture', noHours: 'Aucun horaire n’est indiqué.' },
})
