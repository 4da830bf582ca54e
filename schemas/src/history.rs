//! A sample of every shape that an event ever had in the store, one a line:
//! `{"type": "CustomerCreated", "schema": 1, "data": {…}}`.

use std::{collections::BTreeSet, fs, io, path::PathBuf};

use commands::{ForEach, Handler};
use domain::{Decider, decode, schema_of, variant_of};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::path;

#[derive(Debug, Serialize, Deserialize)]
struct Line {
    r#type: String,
    schema: i16,
    data: Value,
}

fn file<D: Decider>() -> PathBuf {
    path(&format!("history/{}.jsonl", D::NAME))
}

fn lines<D: Decider>() -> io::Result<Vec<Line>> {
    let text = match fs::read_to_string(file::<D>()) {
        Err(why) if why.kind() == io::ErrorKind::NotFound => String::new(),
        text => text?,
    };
    Ok(text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}

/// The present shapes of `D`'s events that no line has, with their schemas.
fn missing<D: Decider>(lines: &[Line]) -> Vec<(String, i16, Value)> {
    let known: BTreeSet<_> = lines.iter().map(|line| (line.r#type.as_str(), line.schema)).collect();
    let events = api::events().into_iter().filter(|event| event.stream == D::NAME);
    let shapes = events.filter_map(|event| {
        let shape = schema_of::<D>(variant_of::<D>(&event.name)?);
        Some((event.name, shape, event.schema))
    });
    shapes.filter(|(name, shape, _)| !known.contains(&(name.as_str(), *shape))).collect()
}

/// Adds a sample of every shape that has none, made up from its schema. Whoever knows a more
/// telling one adds that as well.
pub(crate) fn complete() -> io::Result<()> {
    struct Complete(io::Result<()>);
    impl ForEach for Complete {
        fn aggregate<H: Handler>(&mut self) {
            if self.0.is_ok() {
                self.0 = complete_one::<H>();
            }
        }
    }
    fs::create_dir_all(path("history"))?;
    let mut complete = Complete(Ok(()));
    commands::for_each(&mut complete);
    complete.0
}

fn complete_one<D: Decider>() -> io::Result<()> {
    let mut text = fs::read_to_string(file::<D>()).unwrap_or_default();
    for (name, schema, shape) in missing::<D>(&lines::<D>()?) {
        let reads = |data: &Value| decode::<D>(&name, schema, &data.to_string());
        let mut samples = WORDS.iter().map(|word| sample(&shape, &shape, word));
        let Some(mut data) = samples.find(|data| reads(data).is_ok()) else {
            let file = file::<D>();
            return Err(io::Error::other(format!("write a {name} to {}", file.display())));
        };
        let mut sealed = vec![];
        places(&data, "", &mut sealed);
        for place in sealed {
            reveal(&mut data, &place, |data| reads(data).is_ok());
        }
        text += &serde_json::to_string(&Line { r#type: name, schema, data })?;
        text.push('\n');
    }
    fs::write(file::<D>(), text)
}

/// Where something sealed stands.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) if fields.len() == 1 && fields.contains_key("of") => {
            found.push(at.to_owned());
        }
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| places(value, &format!("{at}/{name}"), found));
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.for_each(|(index, value)| places(value, &format!("{at}/{index}"), found));
        }
        _ => {}
    }
}

/// Puts the first thing there that can be read: what is inside of the seal no schema tells.
fn reveal(data: &mut Value, place: &str, reads: impl Fn(&Value) -> bool) {
    let guesses = [
        json!("Anna"),
        json!("anna@example.com"),
        json!("+493012345678"),
        json!("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA"),
        json!({ "name": "Anna Berg", "organization": "Berg KG" }),
        json!({ "street": "Hauptstr. 1", "postal_code": "10115", "city": "Berlin", "country": "DE" }),
    ];
    for guess in guesses {
        let Some(Value::Object(sealed)) = data.pointer_mut(place) else { return };
        sealed.insert("known".into(), guess);
        if reads(data) {
            return;
        }
    }
    if let Some(Value::Object(sealed)) = data.pointer_mut(place) {
        sealed.remove("known");
    }
}

/// What a text may have to be that no schema tells.
const WORDS: &[&str] = &["word", "2.1", "DE", "EUR", "2030-01-07", "09:00", "09:00:00", "Mon"];

/// Something that a schema allows.
fn sample(schema: &Value, root: &Value, word: &str) -> Value {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.trim_start_matches("#/$defs/");
        return sample(&root["$defs"][name], root, word);
    }
    for choice in ["oneOf", "anyOf"] {
        if let Some(choices) = schema[choice].as_array() {
            let is_null = |choice: &&Value| choice["type"] == "null";
            let some = choices.iter().find(|choice| !is_null(choice));
            return some.map_or(Value::Null, |choice| sample(choice, root, word));
        }
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let parts = parts.iter().map(|part| sample(part, root, word));
        return parts.fold(json!({}), |mut whole, part| match (&mut whole, part) {
            (Value::Object(whole), Value::Object(part)) => {
                whole.extend(part);
                json!(whole)
            }
            (_, part) => part,
        });
    }
    for given in ["const", "default", "example"] {
        if !schema[given].is_null() {
            return schema[given].clone();
        }
    }
    if let Some(first) = schema["enum"].as_array().and_then(|choices| choices.first()) {
        return first.clone();
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().find(|kind| *kind != "null").cloned(),
        kind => Some(kind.clone()),
    };
    match kind.as_ref().and_then(Value::as_str) {
        Some("object") => Value::Object(fields(schema, root, word)),
        Some("array") => json!([sample(&schema["items"], root, word)]),
        Some("integer" | "number") => json!(schema["minimum"].as_i64().unwrap_or(1).max(1)),
        Some("boolean") => json!(true),
        Some("string") => json!(text(schema, word)),
        _ => json!({}),
    }
}

fn fields(schema: &Value, root: &Value, word: &str) -> Map<String, Value> {
    let fields = schema["properties"].as_object().into_iter().flatten();
    let fields = fields.map(|(name, field)| match name.as_str() {
        // Which words are zones, no schema says.
        "zone" => (name.clone(), json!("Europe/Berlin")),
        _ => (name.clone(), sample(field, root, word)),
    });
    // What is sealed cannot be made up: this is how it reads when its key is gone.
    fields.filter(|(name, _)| name != "sealed").collect()
}

fn text(schema: &Value, word: &str) -> String {
    match schema["format"].as_str() {
        Some("uuid") => "01890a5d-ac96-774b-bcce-b302099a8057".into(),
        Some("date-time") => "2030-01-07T09:00:00Z".into(),
        Some("date") => "2030-01-07".into(),
        Some("time") => "09:00:00".into(),
        Some("email") => "anna@example.com".into(),
        Some("uri" | "url") => "https://example.com/".into(),
        _ => {
            let shortest =
                schema["minLength"].as_u64().and_then(|shortest| usize::try_from(shortest).ok());
            word.repeat(shortest.unwrap_or(1).div_ceil(word.len()).max(1))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn what_was_recorded_can_be_read() {
        struct Readable;
        impl ForEach for Readable {
            fn aggregate<H: Handler>(&mut self) {
                for Line { r#type, schema, data } in lines::<H>().unwrap() {
                    let read = decode::<H>(&r#type, schema, &data.to_string());
                    assert!(read.is_ok(), "{}: {}", file::<H>().display(), read.unwrap_err());
                }
            }
        }
        commands::for_each(&mut Readable);
    }

    #[test]
    fn every_event_has_a_sample_of_its_present_shape() {
        struct Complete;
        impl ForEach for Complete {
            fn aggregate<H: Handler>(&mut self) {
                let missing = missing::<H>(&lines::<H>().unwrap());
                let missing: Vec<_> = missing.into_iter().map(|(name, ..)| name).collect();
                assert!(missing.is_empty(), "{missing:?}: `cargo run -p schemas`, then review");
            }
        }
        commands::for_each(&mut Complete);
    }

    #[test]
    fn lines_are_only_ever_added() {
        let folder = path("history");
        let log = ["log", "-p", "--format=", "--no-renames", "--", "."];
        let Ok(log) = Command::new("git").current_dir(&folder).args(log).output() else { return };
        let mut present = BTreeSet::new();
        for file in fs::read_dir(&folder).unwrap() {
            let text = fs::read_to_string(file.unwrap().path()).unwrap();
            present.extend(text.lines().map(str::to_owned));
        }
        let log = String::from_utf8_lossy(&log.stdout);
        let removed = log.lines().filter_map(|line| line.strip_prefix('-'));
        let removed: Vec<_> =
            removed.filter(|line| line.starts_with('{') && !present.contains(*line)).collect();
        assert!(removed.is_empty(), "{removed:#?}");
    }
}
