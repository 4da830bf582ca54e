// The phrases of the business's settings.
import { phrases } from '../../texts'

export const useTexts = phrases({
  en: { notSetUp: 'The business is not set up yet. With its name, zone and currency it has a homepage, and can be booked.', open: 'Open the homepage', texts: 'What the homepage says', noTexts: 'It says nothing yet. Change it to add a text.', hours: 'When it is open', noHours: 'No hours are given.' },
  de: { notSetUp: 'Der Betrieb ist noch nicht eingerichtet. Mit Name, Zeitzone und Währung hat er eine Startseite und kann gebucht werden.', open: 'Startseite öffnen', texts: 'Was die Startseite sagt', noTexts: 'Noch nichts. Ergänzen Sie einen Text unter „Ändern“.', hours: 'Öffnungszeiten', noHours: 'Es sind keine Zeiten angegeben.' },
  ru: { notSetUp: 'Компания ещё не настроена. С названием, часовым поясом и валютой у неё появится страница, и к ней можно будет записаться.', open: 'Открыть страницу', texts: 'Что написано на странице', noTexts: 'Пока ничего. Добавьте текст через «Изменить».', hours: 'Часы работы', noHours: 'Часы не указаны.' },
  fr: { notSetUp: 'L’entreprise n’est pas encore configurée. Avec son nom, son fuseau et sa monnaie, elle a une page d’accueil et peut être réservée.', open: 'Ouvrir la page d’accueil', texts: 'Ce que dit la page d’accueil', noTexts: 'Rien encore. Ajoutez un texte par « Modifier ».', hours: 'Horaires d’ouverture', noHours: 'Aucun horaire n’est indiqué.' },
})
