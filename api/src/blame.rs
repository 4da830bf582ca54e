//! Reading JSON so that whoever wrote it learns which part was wrong.
//!
//! serde knows where it stands only as long as it reads straight on; tagged enums are buffered
//! first. So the place is found afterwards, by trial: a part is to blame if without it the
//! complaint is another one.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::problem::Problem;

/// How many parts of one value are tried, and how deep: reading a bad body must stay cheap.
const TRIED: usize = 64;
const DEPTH: usize = 6;
/// How many values are read again in all. In a body of many the part is not looked for any further.
const READ_AGAIN: usize = 50_000;
/// So many letters are as much work as a value.
const LETTERS: usize = 64;

/// Reads a value; a [`Problem`] names the part that cannot be read as a JSON pointer.
pub(crate) fn read<T: DeserializeOwned>(value: &Value) -> Result<T, Problem> {
    T::deserialize(value).map_err(|why| {
        let message = why.to_string();
        Problem::invalid(place::<T>(value.clone(), &message), plain(&message))
    })
}

/// What cannot be read, in words for whoever wrote it: those of the library that reads times are about
/// its own reading.
pub(crate) fn plain(message: &str) -> &str {
    const OF_TIMES: &[&str] = &[
        "premature end of input",
        "trailing input",
        "input contains invalid characters",
        "input is out of range",
        "input is not enough for unique date and time",
        "no possible date and time matching input",
    ];
    if message.starts_with("UUID parsing failed") {
        "must be a UUID"
    } else if OF_TIMES.iter().any(|words| message.starts_with(words)) {
        "must be a date or a time there is, such as 2030-01-31, 2030-01-31T09:00:00 (by the clock of a \
         place) or 2030-01-31T09:00:00Z"
    } else {
        message
    }
}

fn place<T: DeserializeOwned>(mut value: Value, message: &str) -> String {
    let mut trials = READ_AGAIN / size(&value);
    let missing = message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
    if let Some(missing) = missing {
        let mut search = Search { field: missing, message, trials };
        let place = search.lacking::<T>(&mut value, "", DEPTH).unwrap_or_default();
        return format!("{place}/{missing}");
    }
    let mut pointer = String::new();
    for _ in 0..DEPTH {
        match part_to_blame::<T>(&mut value, &pointer, message, &mut trials) {
            Some(part) => pointer = part,
            None => break,
        }
    }
    pointer
}

/// For the object that lacks a field: with the field in it, the complaint is another one.
struct Search<'a> {
    field: &'a str,
    message: &'a str,
    trials: usize,
}

impl Search<'_> {
    fn lacking<T: DeserializeOwned>(
        &mut self,
        whole: &mut Value,
        at: &str,
        depth: usize,
    ) -> Option<String> {
        let fields = whole.pointer_mut(at)?;
        if let Value::Object(fields) = fields
            && !fields.contains_key(self.field)
        {
            self.trials = self.trials.checked_sub(1)?;
            fields.insert(self.field.to_owned(), Value::Null);
            let with = T::deserialize(&*whole).err().map(|why| why.to_string());
            take(whole.pointer_mut(at)?, self.field);
            let helps =
                with.is_none_or(|with| with != self.message && !with.starts_with("unknown field"));
            if helps {
                return Some(at.to_owned());
            }
        }
        let deeper = depth.checked_sub(1)?;
        keys(whole.pointer(at)?)
            .into_iter()
            .find_map(|key| self.lacking::<T>(whole, &below(at, &key), deeper))
    }
}

/// The names of the parts of a value that are tried.
fn keys(value: &Value) -> Vec<String> {
    match value {
        Value::Object(fields) => fields.keys().take(TRIED).cloned().collect(),
        Value::Array(items) => (0..items.len().min(TRIED)).map(|index| index.to_string()).collect(),
        _ => Vec::new(),
    }
}

/// The JSON pointer of a part.
fn below(at: &str, key: &str) -> String {
    format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"))
}

fn part_to_blame<T: DeserializeOwned>(
    whole: &mut Value,
    at: &str,
    message: &str,
    trials: &mut usize,
) -> Option<String> {
    // Without its tag an enum complains of that, whatever was wrong before; so tags come last,
    // and only if a tag can be what is wrong.
    let (tags, others): (Vec<_>, Vec<_>) = keys(whole.pointer(at)?)
        .into_iter()
        .partition(|key| matches!(key.as_str(), "type" | "kind"));
    let tags = tags.into_iter().filter(|_| message.starts_with("unknown variant"));
    others.into_iter().chain(tags).find_map(|key| {
        *trials = trials.checked_sub(1)?;
        let part = take(whole.pointer_mut(at)?, &key)?;
        let without = T::deserialize(&*whole).err().map(|why| why.to_string());
        put(whole.pointer_mut(at)?, &key, part);
        (without.as_deref() != Some(message)).then(|| below(at, &key))
    })
}

/// How much work it is to read a value.
fn size(value: &Value) -> usize {
    1 + match value {
        Value::String(text) => text.len() / LETTERS,
        Value::Array(items) => items.iter().map(size).sum(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| name.len() / LETTERS + size(value)).sum()
        }
        _ => 0,
    }
}

fn take(value: &mut Value, key: &str) -> Option<Value> {
    match value {
        Value::Object(fields) => fields.remove(key),
        Value::Array(items) => Some(items.remove(key.parse().ok()?)),
        _ => None,
    }
}

fn put(value: &mut Value, key: &str, part: Value) {
    match value {
        Value::Object(fields) => drop(fields.insert(key.to_owned(), part)),
        Value::Array(items) => items.insert(key.parse().unwrap_or(items.len()), part),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use domain::{Email, Text};
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
    #[expect(dead_code, reason = "it is only read")]
    enum Command {
        Create {
            name: Text<5>,
            #[serde(default)]
            ways: Vec<Way>,
        },
        Archive {},
        Open {
            name: Text<5>,
            text: Text<5>,
            ways: Vec<Way>,
        },
    }

    #[derive(Debug, Deserialize)]
    #[serde(tag = "kind", rename_all = "snake_case")]
    #[expect(dead_code, reason = "it is only read")]
    enum Way {
        Email { value: Email },
    }

    fn blamed(value: &Value) -> String {
        let problem = read::<Command>(value).unwrap_err();
        json!(problem)["fields"][0]["pointer"].as_str().unwrap().to_owned()
    }

    #[test]
    fn the_part_to_blame_is_named() {
        let way = |value| json!({ "kind": "email", "value": value });
        assert_eq!(blamed(&json!({ "type": "create" })), "/name");
        assert_eq!(blamed(&json!({ "type": "create", "name": "" })), "/name");
        assert_eq!(blamed(&json!({ "type": "open", "name": "Anna" })), "/text");
        let ways =
            json!({ "type": "open", "text": "x", "name": "Anna", "ways": [{ "kind": "email" }] });
        assert_eq!(blamed(&ways), "/ways/0/value");
        assert_eq!(blamed(&json!({ "type": "create", "name": "Anna", "zip": 1 })), "/zip");
        let ways = json!([way("a@b.example"), way("nobody")]);
        assert_eq!(
            blamed(&json!({ "type": "create", "name": "Anna", "ways": ways })),
            "/ways/1/value"
        );
        let ways = json!([{ "kind": "email" }]);
        assert_eq!(
            blamed(&json!({ "type": "create", "name": "Anna", "ways": ways })),
            "/ways/0/value"
        );
        let ways = json!([{ "kind": "pigeon" }]);
        assert_eq!(
            blamed(&json!({ "type": "create", "name": "Anna", "ways": ways })),
            "/ways/0/kind"
        );
    }

    /// Counts how often it is read.
    #[derive(Debug)]
    struct Never;

    static READ: AtomicUsize = AtomicUsize::new(0);

    impl<'de> Deserialize<'de> for Never {
        fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            READ.fetch_add(1, Ordering::Relaxed);
            Value::deserialize(from)?;
            Err(serde::de::Error::custom("never"))
        }
    }

    #[test]
    fn a_large_body_is_not_read_over_and_over() {
        let fields = |values: usize| {
            let fields = (0..64).map(|name| (name.to_string(), json!(vec![0; values / 64])));
            Value::Object(fields.collect())
        };
        for (values, most) in [(64, 65), (1_000_000, 1), (20_000, 4)] {
            READ.store(0, Ordering::Relaxed);
            read::<Never>(&fields(values)).unwrap_err();
            let read = READ.load(Ordering::Relaxed);
            assert!((1..=most).contains(&read), "{values} values: {read} times");
        }
    }

    #[test]
    fn what_can_be_read_is_read() {
        assert!(matches!(read(&json!({ "type": "archive" })), Ok(Command::Archive {})));
    }
}
