//! The phrases of the homepage.

use crate::site::language::Phrase;

pub(crate) const BOOK: Phrase =
    ["Book an appointment", "Termin buchen", "Записаться", "Prendre rendez-vous"];
pub(crate) const NEXT_FREE: Phrase =
    ["Next free times", "Nächste freie Zeiten", "Ближайшее свободное время", "Prochains créneaux"];
pub(crate) const HOURS: Phrase =
    ["Opening hours", "Öffnungszeiten", "Часы работы", "Horaires d’ouverture"];
pub(crate) const PEOPLE: Phrase =
    ["Who is there", "Wer für Sie da ist", "Наши мастера", "Notre équipe"];
pub(crate) const PLACE: Phrase =
    ["Where we are", "So finden Sie uns", "Как нас найти", "Où nous trouver"];
pub(crate) const CLOSED: Phrase = ["closed", "geschlossen", "закрыто", "fermé"];
/// Before a time.
pub(crate) const OPEN_UNTIL: Phrase =
    ["open until", "geöffnet bis", "открыто до", "ouvert jusqu’à"];
/// Before a day and a time.
pub(crate) const CLOSED_UNTIL: Phrase =
    ["closed, opens", "geschlossen, öffnet", "закрыто, откроется:", "fermé, ouvre"];
pub(crate) const MAP: Phrase =
    ["Show on a map", "Auf der Karte zeigen", "Показать на карте", "Voir sur la carte"];
