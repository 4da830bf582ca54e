//! The phrases of the pages for sign-in, consent and sign-out, and of what goes wrong there.

use crate::site::Phrase;

pub(super) const SIGN_IN: Phrase = ["Sign in", "Anmelden", "Вход", "Se connecter"];
/// To which the name of the application is added.
pub(super) const TO_CONTINUE_TO: Phrase =
    ["to go on to", "und weiter zu", "и продолжить в приложении", "pour continuer vers"];
pub(super) const EMAIL: Phrase =
    ["E-mail address", "E-Mail-Adresse", "Адрес эл. почты", "Adresse e-mail"];
pub(super) const PASSWORD: Phrase = ["Password", "Passwort", "Пароль", "Mot de passe"];
pub(super) const ONE_TIME_CODE: Phrase = [
    "Code of your authenticator, if you have one",
    "Code Ihrer Authenticator-App, falls Sie eine haben",
    "Код из приложения-аутентификатора, если оно есть",
    "Code de votre application d’authentification, le cas échéant",
];
pub(super) const AT_ORGANISATION: Phrase = [
    "Sign in at my organisation",
    "Bei meiner Organisation anmelden",
    "Войти через мою организацию",
    "Se connecter via mon organisation",
];
pub(super) const FORGOT_PASSWORD: Phrase =
    ["Forgotten your password?", "Passwort vergessen?", "Забыли пароль?", "Mot de passe oublié ?"];
pub(super) const AGREE: Phrase =
    ["Do you agree?", "Sind Sie einverstanden?", "Вы согласны?", "Êtes-vous d’accord ?"];
/// Between the application and what it may do.
pub(super) const WOULD_LIKE_TO: Phrase = ["would like to", "möchte", "хочет", "souhaite"];
/// To which the name of who is signed in is added.
pub(super) const SIGNED_IN_AS: Phrase = [
    "You are signed in as",
    "Sie sind angemeldet als",
    "Вы вошли как",
    "Vous êtes connecté en tant que",
];
pub(super) const CONSENT_IS_REVOCABLE: Phrase = [
    "You can take this back at any time, in your account.",
    "Sie können das jederzeit in Ihrem Konto zurücknehmen.",
    "Вы можете отозвать это в любой момент в своей учётной записи.",
    "Vous pouvez le retirer à tout moment dans votre compte.",
];
pub(super) const ALLOW: Phrase = ["Allow", "Erlauben", "Разрешить", "Autoriser"];
pub(super) const NOT_NOW: Phrase = ["Not now", "Jetzt nicht", "Не сейчас", "Pas maintenant"];
pub(super) const KNOW_WHO: Phrase =
    ["know who you are", "wissen, wer Sie sind", "знать, кто вы", "savoir qui vous êtes"];
pub(super) const KNOW_PROFILE: Phrase = [
    "know your name, language and time zone",
    "Ihren Namen, Ihre Sprache und Ihre Zeitzone kennen",
    "знать ваше имя, язык и часовой пояс",
    "connaître votre nom, votre langue et votre fuseau horaire",
];
pub(super) const KNOW_EMAIL: Phrase = [
    "know your e-mail address",
    "Ihre E-Mail-Adresse kennen",
    "знать адрес вашей эл. почты",
    "connaître votre adresse e-mail",
];
pub(super) const OFFLINE_ACCESS: Phrase = [
    "go on while you are away",
    "weiterarbeiten, während Sie nicht da sind",
    "продолжать работу в ваше отсутствие",
    "continuer en votre absence",
];
pub(super) const READ_ACCESS: Phrase = [
    "see what you may see here",
    "sehen, was Sie hier sehen dürfen",
    "видеть то, что можете видеть вы",
    "voir ce que vous pouvez voir ici",
];
pub(super) const FULL_ACCESS: Phrase = [
    "do here all that you may do",
    "hier alles tun, was Sie tun dürfen",
    "делать здесь всё, что можете делать вы",
    "faire ici tout ce que vous pouvez faire",
];
pub(super) const SIGN_OUT: Phrase = ["Sign out?", "Abmelden?", "Выйти?", "Se déconnecter ?"];
pub(super) const CONFIRM_SIGN_OUT: Phrase = ["Sign out", "Abmelden", "Выйти", "Se déconnecter"];
pub(super) const SIGNED_OUT: Phrase =
    ["You are signed out", "Sie sind abgemeldet", "Вы вышли", "Vous êtes déconnecté"];
pub(super) const CLOSE_WINDOW: Phrase = [
    "You can close this window.",
    "Sie können dieses Fenster schließen.",
    "Это окно можно закрыть.",
    "Vous pouvez fermer cette fenêtre.",
];

pub(super) const ERROR_TITLE: Phrase =
    ["This does not work", "Das geht nicht", "Не получается", "Cela ne fonctionne pas"];
pub(super) const SIGN_IN_AGAIN: Phrase = [
    "Please sign in again.",
    "Bitte melden Sie sich noch einmal an.",
    "Пожалуйста, войдите ещё раз.",
    "Veuillez vous reconnecter.",
];
pub(super) const FACTOR_NEEDED: Phrase = [
    "Your role asks for a second factor. Enroll one in your account, and come back.",
    "Ihre Rolle verlangt einen zweiten Faktor. Richten Sie ihn in Ihrem Konto ein und kommen Sie wieder.",
    "Ваша роль требует второго фактора. Настройте его в учётной записи и вернитесь.",
    "Votre rôle exige un second facteur. Configurez-le dans votre compte, puis revenez.",
];
pub(super) const INCOMPLETE_FORM: Phrase = [
    "This form is not whole.",
    "Dieses Formular ist nicht vollständig.",
    "Форма неполная.",
    "Ce formulaire est incomplet.",
];
pub(super) const SIGNED_OUT_MEANWHILE: Phrase = [
    "You were signed out meanwhile.",
    "Sie wurden inzwischen abgemeldet.",
    "Тем временем вы вышли из системы.",
    "Vous avez été déconnecté entre-temps.",
];
pub(super) const UNKNOWN_APPLICATION: Phrase = [
    "This application is not known here.",
    "Diese Anwendung ist hier nicht bekannt.",
    "Это приложение здесь неизвестно.",
    "Cette application est inconnue ici.",
];
pub(super) const UNKNOWN_REDIRECT_URI: Phrase = [
    "The application wants you sent to an unknown address.",
    "Die Anwendung will Sie an eine unbekannte Adresse schicken.",
    "Приложение хочет отправить вас на неизвестный адрес.",
    "L’application veut vous envoyer vers une adresse inconnue.",
];
pub(super) const CANNOT_REDIRECT_BACK: Phrase = [
    "There is no way back to the application.",
    "Es führt kein Weg zurück zur Anwendung.",
    "Вернуться в приложение нельзя.",
    "Il n’y a pas de retour possible vers l’application.",
];
pub(super) const REQUEST_TOO_LONG: Phrase = [
    "The application asks in too many words.",
    "Die Anfrage der Anwendung ist zu lang.",
    "Запрос приложения слишком длинный.",
    "La demande de l’application est trop longue.",
];
pub(super) const REPEATED_PARAMETER: Phrase = [
    "The application says something twice.",
    "Die Anwendung sagt etwas doppelt.",
    "Приложение указало что-то дважды.",
    "L’application indique deux fois la même chose.",
];
pub(super) const TOKEN_NOT_OURS: Phrase = [
    "The application shows a token that is not ours.",
    "Die Anwendung zeigt ein Token, das nicht von uns ist.",
    "Приложение показало чужой токен.",
    "L’application présente un jeton qui n’est pas le nôtre.",
];
pub(super) const TOKEN_OF_OTHER_APPLICATION: Phrase = [
    "The application shows a token of another one.",
    "Die Anwendung zeigt das Token einer anderen.",
    "Приложение показало токен другого приложения.",
    "L’application présente le jeton d’une autre.",
];
pub(super) const NO_PROVIDER: Phrase = [
    "Your organisation has no sign-in of its own here.",
    "Ihre Organisation hat hier keine eigene Anmeldung.",
    "У вашей организации здесь нет собственного входа.",
    "Votre organisation n’a pas de connexion propre ici.",
];
pub(super) const UNKNOWN_OR_EXPIRED_SIGN_IN: Phrase = [
    "You did not leave from here, or it took too long. Try again.",
    "Sie sind nicht von hier gekommen, oder es hat zu lange gedauert. Versuchen Sie es noch einmal.",
    "Вы пришли не отсюда, или прошло слишком много времени. Попробуйте ещё раз.",
    "Vous n’êtes pas parti d’ici, ou cela a pris trop de temps. Réessayez.",
];
pub(super) const NO_ACCOUNT: Phrase = [
    "Your organisation knows you, but you have no account here.",
    "Ihre Organisation kennt Sie, aber Sie haben hier kein Konto.",
    "Ваша организация вас знает, но здесь у вас нет учётной записи.",
    "Votre organisation vous connaît, mais vous n’avez pas de compte ici.",
];
/// After the name of the provider.
pub(super) const DID_NOT_SIGN_IN: Phrase = [
    "did not sign you in.",
    "hat Sie nicht angemeldet.",
    "— вход не выполнен.",
    "ne vous a pas connecté.",
];
/// After the name of the provider.
pub(super) const PROVIDER_UNREACHABLE: Phrase = [
    "cannot be reached, or is not set up well.",
    "ist nicht erreichbar oder nicht richtig eingerichtet.",
    "— нет связи, или неверные настройки.",
    "est injoignable ou mal configuré.",
];
