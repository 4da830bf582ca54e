//! The phrases around what is offered.

use crate::site::language::Phrase;

pub(crate) const SERVICES: Phrase =
    ["What we offer", "Was wir anbieten", "Наши услуги", "Nos prestations"];
/// Before a price.
pub(crate) const FROM: Phrase = ["from", "ab", "от", "dès"];
pub(crate) const MINUTES: Phrase = ["min", "Min.", "мин", "min"];
pub(crate) const OTHER: Phrase = ["More", "Weiteres", "Другое", "Autres"];
