// What the way in says.
import { phrases } from '../../texts'

export const useSignInTexts = phrases({
  en: {
    title: 'Welcome back', login: 'E-mail', password: 'Password', submit: 'Sign in', motto: 'Everything that happened, in order. Nothing lost, nothing done twice.', code: 'Code of your authenticator app', secondFactor: 'Your account asks for a second factor.',
    demonstration: 'This is a demonstration: the business and all data are made up.', accounts: 'Sign in as one of these people, with the password', customer: 'Customer',
    passkey: 'Use a passkey', provider: (name: string) => `Sign in with ${name}`, noPasskey: 'No passkey was used. Try again, or sign in with your password.', recovery: 'Use a recovery code', recoveryCode: 'Recovery code', app: 'Use the authenticator app',
    other: 'Use another account', forgotten: 'Forgotten?', reset: 'Set a new password', sent: (mail: string) => `If ${mail} has an account, a link is on its way there.`, mail: 'Fill in your e-mail address first.', show: 'Show the password', hide: 'Hide the password',
    record: ['Colour, cut and finish booked, Clara', 'Moved to 11:40 by Anna Berg', 'Licence renewed until 2027', '“The printed week starts on Sunday”', 'Answered by Sam'],
  },
  de: {
    title: 'Willkommen zurück', login: 'E-Mail', password: 'Passwort', submit: 'Anmelden', motto: 'Alles, was geschah, der Reihe nach. Nichts verloren, nichts doppelt.', code: 'Code der Authenticator-App', secondFactor: 'Ihr Konto verlangt einen zweiten Faktor.',
    demonstration: 'Dies ist eine Vorführung: Das Unternehmen und alle Daten sind erfunden.', accounts: 'Melden Sie sich als eine dieser Personen an, mit dem Passwort', customer: 'Kundschaft',
    passkey: 'Passkey verwenden', provider: (name) => `Mit ${name} anmelden`, noPasskey: 'Es wurde kein Passkey benutzt. Versuchen Sie es noch einmal, oder melden Sie sich mit dem Passwort an.', recovery: 'Ersatzcode verwenden', recoveryCode: 'Ersatzcode', app: 'Authenticator-App verwenden',
    other: 'Anderes Konto verwenden', forgotten: 'Vergessen?', reset: 'Neues Passwort setzen', sent: (mail) => `Falls es zu ${mail} ein Konto gibt, ist ein Link dorthin unterwegs.`, mail: 'Geben Sie zuerst Ihre E-Mail-Adresse ein.', show: 'Passwort zeigen', hide: 'Passwort verbergen',
    record: ['Farbe, Schnitt und Finish gebucht, Clara', 'Von Anna Berg auf 11:40 verschoben', 'Lizenz bis 2027 verlängert', '„Die gedruckte Woche beginnt am Sonntag“', 'Von Sam beantwortet'],
  },
  ru: {
    title: 'С возвращением', login: 'Электронная почта', password: 'Пароль', submit: 'Войти', motto: 'Всё, что произошло, по порядку. Ничего не потеряно, ничего не сделано дважды.', code: 'Код из приложения', secondFactor: 'Для вашей учётной записи нужен второй фактор.',
    demonstration: 'Это демонстрация: компания и все данные вымышлены.', accounts: 'Войдите как любой из этих людей, с паролем', customer: 'Клиент',
    passkey: 'Войти с ключом доступа', provider: (name) => `Войти через ${name}`, noPasskey: 'Ключ доступа не использован. Попробуйте ещё раз или войдите с паролем.', recovery: 'Ввести резервный код', recoveryCode: 'Резервный код', app: 'Использовать приложение-аутентификатор',
    other: 'Другая учётная запись', forgotten: 'Забыли пароль?', reset: 'Задать новый', sent: (mail) => `Если у ${mail} есть учётная запись, туда отправлена ссылка.`, mail: 'Сначала укажите адрес почты.', show: 'Показать пароль', hide: 'Скрыть пароль',
    record: ['Записано окрашивание со стрижкой, Клара', 'Анна Берг перенесла на 11:40', 'Лицензия продлена до 2027 года', '«Печатная неделя начинается с воскресенья»', 'Ответил Сэм'],
  },
  fr: {
    title: 'Bon retour', login: 'E-mail', password: 'Mot de passe', submit: 'Se connecter', motto: 'Tout ce qui s’est passé, dans l’ordre. Rien de perdu, rien en double.', code: 'Code de votre application', secondFactor: 'Votre compte demande un second facteur.',
    demonstration: 'Ceci est une démonstration : l’entreprise et toutes les données sont inventées.', accounts: 'Connectez-vous comme l’une de ces personnes, avec le mot de passe', customer: 'Clientèle',
    passkey: 'Utiliser une clé d’accès', provider: (name) => `Se connecter avec ${name}`, noPasskey: 'Aucune clé d’accès n’a servi. Réessayez, ou connectez-vous avec le mot de passe.', recovery: 'Utiliser un code de secours', recoveryCode: 'Code de secours', app: 'Utiliser l’application d’authentification',
    other: 'Utiliser un autre compte', forgotten: 'Oublié ?', reset: 'Choisir un nouveau mot de passe', sent: (mail) => `Si ${mail} a un compte, un lien y est envoyé.`, mail: 'Saisissez d’abord votre adresse e-mail.', show: 'Afficher le mot de passe', hide: 'Masquer le mot de passe',
    record: ['Couleur, coupe et coiffage réservés, Clara', 'Déplacé à 11:40 par Anna Berg', 'Licence renouvelée jusqu’en 2027', '« La semaine imprimée commence le dimanche »', 'Réponse de Sam'],
  },
})
