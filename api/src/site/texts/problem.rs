//! The phrases of pages that say what is wrong.

use crate::site::language::Phrase;

pub(crate) const TO_HOMEPAGE: Phrase =
    ["To the homepage", "Zur Startseite", "На главную", "Vers l’accueil"];
pub(crate) const NOT_FOUND: (Phrase, Phrase) = (
    ["There is nothing here", "Hier ist nichts", "Здесь ничего нет", "Il n’y a rien ici"],
    [
        "The address is wrong, or what was here is gone.",
        "Die Adresse stimmt nicht, oder was hier war, gibt es nicht mehr.",
        "Адрес неверен, или страницы больше нет.",
        "L’adresse est fausse, ou la page n’existe plus.",
    ],
);
pub(crate) const FORBIDDEN: (Phrase, Phrase) = (
    ["This is not allowed", "Das ist nicht erlaubt", "Это не разрешено", "Ceci n’est pas autorisé"],
    [
        "Go back to the page before, and try again from there.",
        "Gehen Sie zurück zur vorigen Seite und versuchen Sie es von dort noch einmal.",
        "Вернитесь на предыдущую страницу и попробуйте ещё раз.",
        "Revenez à la page précédente et réessayez depuis celle-ci.",
    ],
);
pub(crate) const TOO_MANY_REQUESTS: (Phrase, Phrase) = (
    ["Too much at once", "Zu viel auf einmal", "Слишком много запросов", "Trop de demandes"],
    [
        "Please wait a moment, and try again.",
        "Bitte warten Sie einen Moment und versuchen Sie es noch einmal.",
        "Подождите немного и попробуйте ещё раз.",
        "Veuillez patienter un instant, puis réessayer.",
    ],
);
pub(crate) const UNAVAILABLE: (Phrase, Phrase) = (
    [
        "We will be back in a moment",
        "Wir sind gleich wieder da",
        "Мы скоро вернёмся",
        "Nous revenons dans un instant",
    ],
    TOO_MANY_REQUESTS.1,
);
pub(crate) const BAD_REQUEST: (Phrase, Phrase) = (
    ["This did not work", "Das hat nicht geklappt", "Не получилось", "Cela n’a pas fonctionné"],
    FORBIDDEN.1,
);
pub(crate) const INTERNAL_ERROR: (Phrase, Phrase) = (
    [
        "Something went wrong here",
        "Bei uns ist etwas schiefgegangen",
        "У нас что-то пошло не так",
        "Une erreur s’est produite chez nous",
    ],
    TOO_MANY_REQUESTS.1,
);
