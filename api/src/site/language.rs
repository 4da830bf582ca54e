//! How whoever sent a request reads: in the best of the languages that their browser asks for, and perhaps
//! in a frame on another page.

use axum::http::{HeaderMap, header::ACCEPT_LANGUAGE};
use domain::Language;
use serde::{
    Deserialize,
    de::{IntoDeserializer, value::Error},
};

tokio::task_local! {
    static READER: ReaderSettings;
}

/// How somebody reads a page.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ReaderSettings {
    language: Language,
    /// Whether another page shows it in a frame.
    framed: bool,
}

impl ReaderSettings {
    /// As a browser says it; one that does not name the destination of its requests
    /// (`Sec-Fetch-Dest`, W3C Fetch Metadata) shows no frame.
    pub(super) fn from_headers(headers: &HeaderMap) -> Self {
        let framed =
            headers.get("sec-fetch-dest").is_some_and(|destination| destination == "iframe");
        Self { language: accepted_language(headers), framed }
    }
}

/// The same in English, German, Russian and French.
pub(crate) type Phrase = [&'static str; 4];

/// A phrase in the language of the reader.
pub(crate) fn say(phrase: Phrase) -> &'static str {
    say_in(reader_language(), phrase)
}

/// A phrase in a language.
pub(crate) fn say_in(
    language: Language,
    [english, german, russian, french]: Phrase,
) -> &'static str {
    match language {
        Language::En => english,
        Language::De => german,
        Language::Ru => russian,
        Language::Fr => french,
    }
}

/// The language in which whoever sent this request reads.
pub(crate) fn reader_language() -> Language {
    READER.try_with(|reader| reader.language).unwrap_or_default()
}

/// Whether another page shows the answer to this request in a frame.
pub(super) fn is_framed() -> bool {
    READER.try_with(|reader| reader.framed).unwrap_or_default()
}

/// Answers the request of a reader.
pub(super) async fn with_reader<F: Future>(reader: ReaderSettings, answer: F) -> F::Output {
    READER.scope(reader, answer).await
}

/// Makes a page in the language of an account, which is known better than what its browser asks for.
pub(crate) fn in_language_of_account<T>(language: Language, page: impl FnOnce() -> T) -> T {
    READER.sync_scope(ReaderSettings { language, framed: false }, page)
}

/// The language that a browser asks for.
pub(crate) fn accepted_language(headers: &HeaderMap) -> Language {
    let lists = headers.get_all(ACCEPT_LANGUAGE).iter().filter_map(|list| list.to_str().ok());
    let accepted = lists.flat_map(|list| list.split(','));
    let mut spoken: Vec<_> = accepted.filter_map(weighted).collect();
    // The first of those that are accepted alike stays first.
    spoken.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    spoken.first().map_or_else(Language::default, |(language, _)| *language)
}

/// `de-AT;q=0.8` as German by 0.8, if we speak it.
fn weighted(entry: &str) -> Option<(Language, f32)> {
    let (tag, weight) = entry.split_once(";q=").unwrap_or((entry, "1"));
    let weight = weight.trim().parse().ok().filter(|weight| *weight > 0.0)?;
    let name = tag.trim().split('-').next()?.to_ascii_lowercase();
    let language = Language::deserialize(IntoDeserializer::<Error>::into_deserializer(&*name));
    Some((language.ok()?, weight))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_accepted_most_that_we_speak_is_chosen() {
        let chosen = |list: &str| {
            accepted_language(&HeaderMap::from_iter([(ACCEPT_LANGUAGE, list.parse().unwrap())]))
        };
        assert_eq!(chosen("de-AT,de;q=0.9,en;q=0.8"), Language::De);
        assert_eq!(chosen("pl, en;q=0.4, DE;q=0.7"), Language::De);
        assert_eq!(chosen("de;q=0, en-GB;q=0.1"), Language::En);
        assert_eq!(chosen("*"), Language::En);
        assert_eq!(accepted_language(&HeaderMap::new()), Language::En);
    }
}
