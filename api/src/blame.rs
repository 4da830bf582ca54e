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
        Problem::invalid(place::<T>(value.clone(), &message), message)
    })
}

fn place<T: DeserializeOwned>(mut value: Value, message: &str) -> String {
    let mut pointer = String::new();
    let mut trials = READ_AGAIN / size(&value);
    for _ in 0..DEPTH {
        match part_to_blame::<T>(&mut value, &pointer, message, &mut trials) {
            Some(part) => pointer = part,
            None => break,
        }
    }
    // What is missing can only be named by the complaint itself.
    match message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        Some(missing) => format!("{pointer}/{missing}"),
        None => pointer,
    }
}

fn part_to_blame<T: DeserializeOwned>(
    whole: &mut Value,
    at: &str,
    message: &str,
    trials: &mut usize,
) -> Option<String> {
    let keys: Vec<String> = match whole.pointer(at)? {
        Value::Object(fields) => fields.keys().take(TRIED).cloned().collect(),
        Value::Array(items) => (0..items.len().min(TRIED)).map(|index| index.to_string()).collect(),
        _ => return None,
    };
    // Without its tag an enum complains of that, whatever was wrong before; so tags come last,
    // and only if a tag can be what is wrong.
    let (tags, others): (Vec<_>, Vec<_>) =
        keys.into_iter().partition(|key| matches!(key.as_str(), "type" | "kind"));
    let tags = tags.into_iter().filter(|_| message.starts_with("unknown variant"));
    others.into_iter().chain(tags).find_map(|key| {
        *trials = trials.checked_sub(1)?;
        let part = take(whole.pointer_mut(at)?, &key)?;
        let without = T::deserialize(&*whole).err().map(|why| why.to_string());
        put(whole.pointer_mut(at)?, &key, part);
        let escaped = key.replace('~', "~0").replace('/', "~1");
        (without.as_deref() != Some(message)).then(|| format!("{at}/{escaped}"))
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
