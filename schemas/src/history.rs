//! A sample of every shape that an event ever had in the store, one a line:
//! `{"type": "CustomerCreated", "schema": 1, "data": {…}}`.

use std::{collections::BTreeSet, fs, io, path::PathBuf};

use commands::{ForEach, Handler};
use domain::{Decider, decode, schema_of, variant_of};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    path,
    sample::{WORDS, sample},
};

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
