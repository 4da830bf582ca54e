//! The phrases of the page that says whether the service is up.

use crate::site::language::Phrase;

pub(crate) const STATUS: Phrase = ["Status", "Status", "Состояние", "État du service"];
pub(crate) const UP: Phrase =
    ["Everything works", "Alles funktioniert", "Всё работает", "Tout fonctionne"];
pub(crate) const DOWN: Phrase = [
    "Something does not work",
    "Etwas funktioniert nicht",
    "Что-то не работает",
    "Quelque chose ne fonctionne pas",
];
pub(crate) const DOWN_LEAD: Phrase = [
    "We are at it. What was recorded is safe; please try again in a while.",
    "Wir sind dran. Was aufgezeichnet wurde, ist sicher; bitte versuchen Sie es später noch einmal.",
    "Мы уже разбираемся. Всё записанное в сохранности; попробуйте немного позже.",
    "Nous nous en occupons. Ce qui est enregistré est en sécurité ; réessayez un peu plus tard.",
];
/// To which the time is added.
pub(crate) const SINCE: Phrase = ["Since", "Seit", "С", "Depuis"];
