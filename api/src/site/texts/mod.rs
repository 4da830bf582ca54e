//! The phrases that all pages share, in English, German, Russian and French.

pub(super) mod account;
pub(super) mod booking;
pub(super) mod dates;
pub(super) mod home;
pub(super) mod offers;
pub(super) mod problem;
pub(super) mod status;
pub(super) mod verification;

use super::language::{Phrase, say};
use crate::problem::Problem;

/// For the attribute `lang`.
pub(super) const LANGUAGE_TAG: Phrase = ["en", "de", "ru", "fr"];
pub(super) const SIGN_IN: Phrase = ["Sign in", "Anmelden", "Войти", "Se connecter"];
pub(super) const DEMONSTRATION: Phrase = [
    "This is a demonstration: the business and all data are made up.",
    "Dies ist eine Vorführung: Das Unternehmen und alle Daten sind erfunden.",
    "Это демонстрация: компания и все данные вымышлены.",
    "Ceci est une démonstration : l’entreprise et toutes les données sont inventées.",
];

const TOO_OFTEN: Phrase = [
    "This was tried too often. Please wait a few minutes.",
    "Das wurde zu oft versucht. Bitte warten Sie einige Minuten.",
    "Слишком много попыток. Подождите, пожалуйста, несколько минут.",
    "Trop d’essais. Veuillez patienter quelques minutes.",
];
const ACCEPTED_ALREADY: Phrase = [
    "This invitation was accepted already. Please sign in.",
    "Diese Einladung wurde schon angenommen. Bitte melden Sie sich an.",
    "Это приглашение уже принято. Пожалуйста, войдите.",
    "Cette invitation a déjà été acceptée. Veuillez vous connecter.",
];
const HAS_ACCOUNT: Phrase = [
    "There is an account with this address already. Please sign in, then open the link again.",
    "Zu dieser Adresse gibt es schon ein Konto. Bitte melden Sie sich an und öffnen Sie den Link \
     dann noch einmal.",
    "С этим адресом уже есть учётная запись. Войдите и откройте ссылку ещё раз.",
    "Un compte existe déjà à cette adresse. Connectez-vous, puis ouvrez de nouveau le lien.",
];
const SENDER_LOST_RIGHT: Phrase = [
    "Whoever invited you may not do so any more. Please ask for a new invitation.",
    "Wer Sie eingeladen hat, darf das nicht mehr. Bitte lassen Sie sich neu einladen.",
    "Пригласивший вас больше не вправе этого делать. Попросите новое приглашение.",
    "La personne qui vous a invité n’en a plus le droit. Demandez une nouvelle invitation.",
];
const OTHER_ADDRESS: Phrase = [
    "This invitation is for another address than yours.",
    "Diese Einladung gilt für eine andere Adresse als Ihre.",
    "Это приглашение отправлено на другой адрес.",
    "Cette invitation est destinée à une autre adresse que la vôtre.",
];
const ADDRESS_TAKEN: Phrase = [
    "Somebody else signs in with this address already.",
    "Mit dieser Adresse meldet sich schon jemand anderes an.",
    "С этим адресом уже входит кто-то другой.",
    "Quelqu’un d’autre se connecte déjà avec cette adresse.",
];
const NOT_SIGNED_IN: Phrase = [
    "Address, password or code is wrong, or the account is closed.",
    "Adresse, Passwort oder Code ist falsch, oder das Konto ist geschlossen.",
    "Неверный адрес, пароль или код, либо учётная запись закрыта.",
    "L’adresse, le mot de passe ou le code est faux, ou le compte est fermé.",
];
const CODE_NEEDED: Phrase = [
    "Your account asks for a code of your authenticator app as well.",
    "Ihr Konto verlangt auch einen Code Ihrer Authenticator-App.",
    "Для входа нужен ещё код из приложения-аутентификатора.",
    "Votre compte demande aussi un code de votre application d’authentification.",
];
pub(crate) const FOREIGN_FORM: Phrase = [
    "This form was sent from another site.",
    "Dieses Formular wurde von einer anderen Website geschickt.",
    "Эта форма отправлена с другого сайта.",
    "Ce formulaire a été envoyé depuis un autre site.",
];
const UNAVAILABLE: Phrase = [
    "This does not work just now, which is not your fault. Please try again in a while.",
    "Das geht gerade nicht, und es liegt nicht an Ihnen. Bitte versuchen Sie es etwas später noch einmal.",
    "Сейчас это не работает, и это не ваша вина. Попробуйте, пожалуйста, немного позже.",
    "Cela ne fonctionne pas pour le moment, et ce n’est pas de votre fait. Réessayez un peu plus tard.",
];
const DID_NOT_WORK: Phrase = [
    "This did not work. Please check what you filled in, and try again.",
    "Das hat nicht geklappt. Bitte prüfen Sie Ihre Angaben und versuchen Sie es noch einmal.",
    "Не получилось. Проверьте, что вы ввели, и попробуйте ещё раз.",
    "Cela n’a pas fonctionné. Vérifiez votre saisie et réessayez.",
];

/// What a problem means to whoever filled in a form.
pub(crate) fn problem_text(problem: &Problem) -> &'static str {
    let phrase = match problem.code() {
        "locked" | "too_many_requests" => TOO_OFTEN,
        "accepted" | "used" => ACCEPTED_ALREADY,
        "has_account" => HAS_ACCOUNT,
        "sender_lost_right" => SENDER_LOST_RIGHT,
        "other_address" => OTHER_ADDRESS,
        "taken" => ADDRESS_TAKEN,
        "foreign_form" => FOREIGN_FORM,
        "not_signed_in" => NOT_SIGNED_IN,
        "mfa_required" => CODE_NEEDED,
        _ if problem.status() >= 500 => UNAVAILABLE,
        _ => DID_NOT_WORK,
    };
    say(phrase)
}
