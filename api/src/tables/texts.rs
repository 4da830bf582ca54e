//! What fields and values are called in a language: the phrases that the portal has as well, which refuses to
//! compile without one of them (`schemas/texts`).

use std::{collections::HashMap, sync::LazyLock};

use domain::Language;
use serde::Deserialize;

/// The phrases of a language, by name.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Texts {
    fields: HashMap<String, String>,
    values: HashMap<String, String>,
}

static TEXTS: LazyLock<[Texts; 4]> = LazyLock::new(|| {
    [
        include_str!("../../../schemas/texts/en.json"),
        include_str!("../../../schemas/texts/de.json"),
        include_str!("../../../schemas/texts/ru.json"),
        include_str!("../../../schemas/texts/fr.json"),
    ]
    .map(|file| serde_json::from_str(file).unwrap_or_default())
});

impl Texts {
    pub(super) fn of(language: Language) -> &'static Self {
        let [english, german, russian, french] = &*TEXTS;
        match language {
            Language::En => english,
            Language::De => german,
            Language::Ru => russian,
            Language::Fr => french,
        }
    }

    /// What a field is called; its name, if nobody said it.
    pub(super) fn field<'a>(&'a self, name: &'a str) -> &'a str {
        self.fields.get(name).map_or(name, String::as_str)
    }

    /// What a value of an enum is called; itself, if nobody said it.
    pub(super) fn value<'a>(&'a self, value: &'a str) -> &'a str {
        self.values.get(value).map_or(value, String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_languages_name_the_same() {
        let names = |texts: &HashMap<String, String>| {
            let mut names: Vec<_> = texts.keys().cloned().collect();
            names.sort();
            names
        };
        let [english, others @ ..] = &*TEXTS;
        assert!(english.field("status") == "Status" && english.fields.len() > 100);
        for other in others {
            assert_eq!(names(&other.fields), names(&english.fields));
            assert_eq!(names(&other.values), names(&english.values));
        }
    }
}
