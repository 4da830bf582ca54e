// What a person's page says of their rights.
import { phrases } from '../../texts'

export const useRightsTexts = phrases({
  en: { title: 'What they may do', right: 'Right', entry: 'Nobody is mailed when you add them. Tell them: without a password from you, they choose one by “Forgotten?” on the sign-in page, with this e-mail.' },
  de: { title: 'Was die Person darf', right: 'Recht', entry: 'Beim Anlegen geht keine E-Mail hinaus. Sagen Sie der Person Bescheid: Ohne Passwort von Ihnen wählt sie eines über „Vergessen?“ auf der Anmeldeseite, mit dieser E-Mail-Adresse.' },
  ru: { title: 'Что разрешено', right: 'Право', entry: 'Письмо при создании не отправляется. Сообщите человеку сами: если вы не задали пароль, его выбирают по ссылке «Забыли?» на странице входа, с этой почтой.' },
  fr: { title: 'Ce que cette personne peut faire', right: 'Droit', entry: 'Aucun e-mail ne part à la création. Prévenez la personne : sans mot de passe de votre part, elle en choisit un par « Oublié ? » sur la page de connexion, avec cet e-mail.' },
})
