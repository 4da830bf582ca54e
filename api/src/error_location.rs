//! Deserializes JSON; errors name the parts that are wrong as JSON pointers (RFC 6901).
//!
//! serde buffers tagged enums, such as all commands, so neither it nor a wrapper of the deserializer
//! knows the location. It is found afterwards by trial: a part is wrong if the message changes
//! without it. serde also stops at the first error; the next one shows when that part is replaced by
//! something that can be read.

mod keyword;

use domain::Fault;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::{problem::Problem, sample::SAMPLE_TEXTS};

/// How many parts of one value are tried, and how deep: reading a bad body must stay cheap.
const MAX_PARTS: usize = 64;
const MAX_DEPTH: usize = 6;
/// How many values are read again in all; beyond that the search stops.
const MAX_REREAD_VALUES: usize = 50_000;
/// How many faults are told at once.
const MAX_FAULTS: usize = 20;
/// Texts in formats that [`SAMPLE_TEXTS`] has none in.
const MORE_TEXTS: &[&str] =
    &["01890a5d-ac96-774b-bcce-b302099a8057", "2030-01-07T09:00:00Z", "anna@example.com"];
/// This many characters are as much work as one value.
const CHARS_PER_VALUE: usize = 64;

/// Reads a value; a [`Problem`] names the parts that cannot be read as JSON pointers.
pub(crate) fn from_json<T: DeserializeOwned>(value: &Value) -> Result<T, Problem> {
    deserialize(value).map_err(Problem::invalid_fields)
}

/// Reads a value, or tells all that is wrong with it.
pub(crate) fn deserialize<T: DeserializeOwned>(value: &Value) -> Result<T, Vec<Fault>> {
    let read = |value: &Value| T::deserialize(value).map(drop).map_err(|why| why.to_string());
    T::deserialize(value).map_err(|why| faults(value, why.to_string(), &read))
}

/// Reads a value as what it should be, which may say what is wrong with it.
type Read<'a> = &'a dyn Fn(&Value) -> Result<(), String>;

fn faults(value: &Value, mut message: String, read: Read<'_>) -> Vec<Fault> {
    let (mut body, mut faults) = (value.clone(), Vec::<Fault>::new());
    let mut trials = MAX_REREAD_VALUES / size(value);
    loop {
        let pointer = locate(&body, &message, &mut trials, read);
        // What is wrong with a whole may be wrong with what was put into it.
        if faults.iter().any(|fault| is_within(&fault.pointer, &pointer)) {
            return faults;
        }
        faults.push(fault(&pointer, &message));
        match mended(&body, &pointer, &message, &mut trials, read) {
            Some(next) if faults.len() < MAX_FAULTS => (body, message) = next,
            _ => return faults,
        }
    }
}

/// What a message of serde says of the part at a pointer, or of a parameter.
pub(crate) fn fault(pointer: &str, message: &str) -> Fault {
    let (keyword, limit) = keyword::violated_keyword(message);
    Fault::new(pointer, readable_message(message)).with_keyword(keyword, limit)
}

/// The body with something at a pointer that can be read there, and the next message; nothing if there is
/// no next one, or nothing can be read there.
fn mended(
    body: &Value,
    pointer: &str,
    message: &str,
    trials: &mut usize,
    read: Read<'_>,
) -> Option<(Value, String)> {
    let (parent, key) = pointer.rsplit_once('/')?;
    // Another variant has other fields.
    if matches!(key, "type" | "kind") {
        return None;
    }
    let key = key.replace("~1", "/").replace("~0", "~");
    let is_unknown = message.starts_with("unknown field");
    let values = if is_unknown { vec![None] } else { candidates(message).map(Some).collect() };
    for value in values {
        *trials = trials.checked_sub(1)?;
        let mut body = body.clone();
        match (body.pointer_mut(parent)?, value) {
            (Value::Object(fields), None) => drop(fields.remove(&key)),
            (Value::Object(fields), Some(value)) => drop(fields.insert(key.clone(), value)),
            (Value::Array(items), Some(value)) => {
                *items.get_mut(key.parse::<usize>().ok()?)? = value;
            }
            _ => return None,
        }
        let next = read(&body).err()?;
        if next != message && !is_within(&locate(&body, &next, trials, read), pointer) {
            return Some((body, next));
        }
    }
    None
}

/// Values one of which can usually be read where something else cannot: those that the message names first.
fn candidates(message: &str) -> impl Iterator<Item = Value> {
    let named = message.split_once("expected").map_or("", |(_, expected)| expected);
    let named = named.split('`').skip(1).step_by(2).map(|name| json!(name));
    let texts = SAMPLE_TEXTS.iter().chain(MORE_TEXTS).map(|text| json!(text));
    named.chain(texts).chain([json!(1), json!(true), json!([]), json!({}), json!(["word"])])
}

/// Whether a pointer is at another one or below it.
fn is_within(pointer: &str, outer: &str) -> bool {
    pointer.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// An error message for clients: some messages of the library that parses times are about its own
/// parsing, and are replaced.
fn readable_message(message: &str) -> &str {
    const TIME_MESSAGES: &[&str] = &[
        "premature end of input",
        "trailing input",
        "input contains invalid characters",
        "input is out of range",
        "input is not enough for unique date and time",
        "no possible date and time matching input",
    ];
    if message.starts_with("UUID parsing failed") {
        "must be a UUID"
    } else if TIME_MESSAGES.iter().any(|prefix| message.starts_with(prefix)) {
        "must be a date or a time there is, such as 2030-01-31, 2030-01-31T09:00:00 (by the clock of a \
         place) or 2030-01-31T09:00:00Z"
    } else {
        message
    }
}

fn locate(body: &Value, message: &str, trials: &mut usize, read: Read<'_>) -> String {
    let mut search = ErrorSearch { body, message, trials, read };
    let missing = message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
    match missing {
        Some(field) => {
            let object = search.object_lacking(field, String::new(), MAX_DEPTH).unwrap_or_default();
            child_pointer(&object, field)
        }
        None => search.wrong_part(),
    }
}

/// Looks for the place that a message speaks of.
struct ErrorSearch<'a> {
    body: &'a Value,
    message: &'a str,
    /// How often the body may still be read.
    trials: &'a mut usize,
    read: Read<'a>,
}

impl ErrorSearch<'_> {
    /// The innermost part without which the message is another one.
    fn wrong_part(&mut self) -> String {
        let mut at = String::new();
        for _ in 0..MAX_DEPTH {
            match self.wrong_part_of(&at) {
                Some(key) => at = child_pointer(&at, &key),
                None => break,
            }
        }
        at
    }

    fn wrong_part_of(&mut self, at: &str) -> Option<String> {
        // Without its tag an enum complains of that, whatever was wrong before; so tags come last,
        // and only if a tag can be what is wrong.
        let keys = keys(self.body.pointer(at)?);
        let (tags, others): (Vec<_>, Vec<_>) =
            keys.into_iter().partition(|key| matches!(key.as_str(), "type" | "kind"));
        let tags = tags.into_iter().filter(|_| self.message.starts_with("unknown variant"));
        let mut candidates = others.into_iter().chain(tags.collect::<Vec<_>>());
        candidates.find(|key| {
            let without = self.changed(at, |whole| remove(whole, key));
            without.is_some_and(|message| message.err().as_deref() != Some(self.message))
        })
    }

    /// The object that lacks a field: with the field in it, the message is another one.
    fn object_lacking(&mut self, field: &str, at: String, depth: usize) -> Option<String> {
        let value = self.body.pointer(&at)?;
        if value.as_object().is_some_and(|fields| !fields.contains_key(field)) {
            let with = self.changed(&at, |object| object[field] = Value::Null)?;
            let helps = |with: &str| with != self.message && !with.starts_with("unknown field");
            if with.err().is_none_or(|with| helps(&with)) {
                return Some(at);
            }
        }
        let deeper = depth.checked_sub(1)?;
        let mut keys = keys(value).into_iter();
        keys.find_map(|key| self.object_lacking(field, child_pointer(&at, &key), deeper))
    }

    /// The result of reading the body after a change at a pointer; `None` once the trials are used up.
    fn changed(&mut self, at: &str, change: impl FnOnce(&mut Value)) -> Option<Result<(), String>> {
        *self.trials = self.trials.checked_sub(1)?;
        let mut body = self.body.clone();
        change(body.pointer_mut(at)?);
        Some((self.read)(&body))
    }
}

/// The names of the parts of a value that are tried.
fn keys(value: &Value) -> Vec<String> {
    match value {
        Value::Object(fields) => fields.keys().take(MAX_PARTS).cloned().collect(),
        Value::Array(items) => {
            (0..items.len().min(MAX_PARTS)).map(|index| index.to_string()).collect()
        }
        _ => Vec::new(),
    }
}

/// The JSON pointer of a part.
pub(crate) fn child_pointer(at: &str, key: &str) -> String {
    format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"))
}

fn remove(value: &mut Value, key: &str) {
    match value {
        Value::Object(fields) => drop(fields.remove(key)),
        Value::Array(items) => drop(key.parse().map(|index: usize| items.remove(index))),
        _ => {}
    }
}

/// How much work it is to read a value.
fn size(value: &Value) -> usize {
    1 + match value {
        Value::String(text) => text.len() / CHARS_PER_VALUE,
        Value::Array(items) => items.iter().map(size).sum(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| name.len() / CHARS_PER_VALUE + size(value)).sum()
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests;
