//! What a table is of: what was asked for, and of which moment it is.

use chrono::{DateTime, Utc};

use super::file_locale::FileLocale;
use crate::site::{Phrase, say_in};

const SHEET: Phrase = ["About", "Angaben", "Сведения", "À propos"];
const TITLE: Phrase = ["List", "Liste", "Список", "Liste"];
const QUERY: Phrase =
    ["Filters and order", "Filter und Reihenfolge", "Фильтры и порядок", "Filtres et ordre"];
const NO_QUERY: Phrase = ["None", "Keine", "Нет", "Aucun"];
const ZONE: Phrase = ["Time zone", "Zeitzone", "Часовой пояс", "Fuseau horaire"];
const POSITION: Phrase = ["Position", "Position", "Позиция", "Position"];
const AS_OF: Phrase = ["As of", "Stand", "По состоянию на", "État au"];
const ROWS: Phrase = ["Rows", "Zeilen", "Строк", "Lignes"];

/// What a table is of.
#[derive(Debug, Clone)]
pub(super) struct TableMetadata {
    pub(super) locale: FileLocale,
    /// What the list is called.
    pub(super) title: String,
    /// What was asked for, as in the URL.
    pub(super) query: Vec<(String, String)>,
    /// It contains everything up to this position…
    pub(super) position: i64,
    /// …at this moment.
    pub(super) as_of: DateTime<Utc>,
    pub(super) rows: u64,
}

impl TableMetadata {
    pub(super) fn sheet_name(&self) -> &'static str {
        say_in(self.locale.language, SHEET)
    }

    /// Names and values, for people.
    pub(super) fn lines(&self) -> Vec<(&'static str, String)> {
        let say = |phrase| say_in(self.locale.language, phrase);
        let query = self.query.iter().map(|(name, value)| format!("{name} = {value}"));
        let query = query.collect::<Vec<_>>().join("; ");
        let as_of = self.as_of.with_timezone(&self.locale.zone);
        vec![
            (say(TITLE), self.title.clone()),
            (say(QUERY), if query.is_empty() { say(NO_QUERY).to_owned() } else { query }),
            (say(ZONE), self.locale.zone.to_string()),
            (say(POSITION), self.position.to_string()),
            (say(AS_OF), as_of.format("%Y-%m-%d %H:%M:%S %:z").to_string()),
            (say(ROWS), self.rows.to_string()),
        ]
    }
}
