//! The names of days and months.

use crate::site::language::Phrase;

/// From Monday on.
pub(crate) const WEEKDAYS: [Phrase; 7] = [
    ["Mon", "Mo", "Пн", "lun."],
    ["Tue", "Di", "Вт", "mar."],
    ["Wed", "Mi", "Ср", "mer."],
    ["Thu", "Do", "Чт", "jeu."],
    ["Fri", "Fr", "Пт", "ven."],
    ["Sat", "Sa", "Сб", "sam."],
    ["Sun", "So", "Вс", "dim."],
];
/// As they stand in a date.
pub(crate) const MONTHS: [Phrase; 12] = [
    ["January", "Januar", "января", "janvier"],
    ["February", "Februar", "февраля", "février"],
    ["March", "März", "марта", "mars"],
    ["April", "April", "апреля", "avril"],
    ["May", "Mai", "мая", "mai"],
    ["June", "Juni", "июня", "juin"],
    ["July", "Juli", "июля", "juillet"],
    ["August", "August", "августа", "août"],
    ["September", "September", "сентября", "septembre"],
    ["October", "Oktober", "октября", "octobre"],
    ["November", "November", "ноября", "novembre"],
    ["December", "Dezember", "декабря", "décembre"],
];
