//! Samples of every shape that an event ever had in the store, one a line:
//! `{"type": "CustomerCreated", "schema": 1, "data": {…}}`.

use std::{collections::BTreeSet, fs, io, path::PathBuf};

use api::{SAMPLE_TEXTS, sample};
use commands::{AggregateVisitor, Handler};
use domain::{Decider, decode, schema_version_of, variant_of};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::files::crate_file;

#[derive(Debug, Serialize, Deserialize)]
struct Sample {
    r#type: String,
    schema: i16,
    data: Value,
}

fn sample_file<D: Decider>() -> PathBuf {
    crate_file(&format!("history/{}.jsonl", D::NAME))
}

fn read_samples<D: Decider>() -> io::Result<Vec<Sample>> {
    let text = match fs::read_to_string(sample_file::<D>()) {
        Err(why) if why.kind() == io::ErrorKind::NotFound => String::new(),
        text => text?,
    };
    Ok(text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}

/// The current shapes of `D`'s events that have no sample, with their schemas.
fn missing_shapes<D: Decider>(samples: &[Sample]) -> Vec<(String, i16, Value)> {
    let sampled: BTreeSet<_> =
        samples.iter().map(|sample| (sample.r#type.as_str(), sample.schema)).collect();
    let events = api::event_contracts().into_iter().filter(|event| event.stream == D::NAME);
    let shapes = events.filter_map(|event| {
        let shape = schema_version_of::<D>(variant_of::<D>(&event.name)?);
        Some((event.name, shape, event.schema))
    });
    shapes.filter(|(name, shape, _)| !sampled.contains(&(name.as_str(), *shape))).collect()
}

/// Adds a sample of every shape that has none, generated from its schema. Better ones may be added by
/// hand.
pub(crate) fn add_missing_samples() -> io::Result<()> {
    struct Complete(io::Result<()>);
    impl AggregateVisitor for Complete {
        fn visit<A: Handler>(&mut self) {
            if self.0.is_ok() {
                self.0 = add_missing_samples_of::<A>();
            }
        }
    }
    fs::create_dir_all(crate_file("history"))?;
    let mut complete = Complete(Ok(()));
    commands::visit_aggregates(&mut complete);
    complete.0
}

fn add_missing_samples_of<D: Decider>() -> io::Result<()> {
    let mut text = fs::read_to_string(sample_file::<D>()).unwrap_or_default();
    for (name, schema, shape) in missing_shapes::<D>(&read_samples::<D>()?) {
        let reads = |data: &Value| decode::<D>(&name, schema, &data.to_string());
        let mut samples = SAMPLE_TEXTS.iter().map(|filler| sample(&shape, &shape, filler));
        let Some(mut data) = samples.find(|data| reads(data).is_ok()) else {
            let path = sample_file::<D>();
            return Err(io::Error::other(format!("write a {name} to {}", path.display())));
        };
        let mut sealed = vec![];
        find_sealed(&data, "", &mut sealed);
        for pointer in sealed {
            fill_in(&mut data, &pointer, |data| reads(data).is_ok());
        }
        text += &serde_json::to_string(&Sample { r#type: name, schema, data })?;
        text.push('\n');
    }
    fs::write(sample_file::<D>(), text)
}

/// Collects the pointers of sealed values.
fn find_sealed(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) if fields.len() == 1 && fields.contains_key("of") => {
            found.push(at.to_owned());
        }
        Value::Object(fields) => {
            fields
                .iter()
                .for_each(|(name, value)| find_sealed(value, &format!("{at}/{name}"), found));
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.for_each(|(index, value)| find_sealed(value, &format!("{at}/{index}"), found));
        }
        _ => {}
    }
}

/// Fills in the first example that can be read: schemas do not describe what is sealed.
fn fill_in(data: &mut Value, pointer: &str, reads: impl Fn(&Value) -> bool) {
    let examples = [
        json!("Anna"),
        json!("anna@example.com"),
        json!("+493012345678"),
        json!("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA"),
        json!({ "name": "Anna Berg", "organization": "Berg KG" }),
        json!({ "street": "Hauptstr. 1", "postal_code": "10115", "city": "Berlin", "country": "DE" }),
    ];
    for example in examples {
        let Some(Value::Object(sealed)) = data.pointer_mut(pointer) else { return };
        sealed.insert("known".into(), example);
        if reads(data) {
            return;
        }
    }
    if let Some(Value::Object(sealed)) = data.pointer_mut(pointer) {
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
        impl AggregateVisitor for Readable {
            fn visit<A: Handler>(&mut self) {
                for Sample { r#type, schema, data } in read_samples::<A>().unwrap() {
                    let read = decode::<A>(&r#type, schema, &data.to_string());
                    assert!(
                        read.is_ok(),
                        "{}: {}",
                        sample_file::<A>().display(),
                        read.unwrap_err()
                    );
                }
            }
        }
        commands::visit_aggregates(&mut Readable);
    }

    #[test]
    fn every_event_has_a_sample_of_its_present_shape() {
        struct Complete;
        impl AggregateVisitor for Complete {
            fn visit<A: Handler>(&mut self) {
                let shapes = missing_shapes::<A>(&read_samples::<A>().unwrap());
                let names: Vec<_> = shapes.into_iter().map(|(name, ..)| name).collect();
                assert!(names.is_empty(), "{names:?}: `cargo run -p schemas`, then review");
            }
        }
        commands::visit_aggregates(&mut Complete);
    }

    #[test]
    fn lines_are_only_ever_added() {
        let folder = crate_file("history");
        let log = ["log", "-p", "--format=", "--no-renames", "--", "."];
        let Ok(log) = Command::new("git").current_dir(&folder).args(log).output() else { return };
        let mut present = BTreeSet::new();
        for entry in fs::read_dir(&folder).unwrap() {
            let text = fs::read_to_string(entry.unwrap().path()).unwrap();
            present.extend(text.lines().map(str::to_owned));
        }
        let log = String::from_utf8_lossy(&log.stdout);
        let removed = log.lines().filter_map(|line| line.strip_prefix('-'));
        let removed: Vec<_> =
            removed.filter(|line| line.starts_with('{') && !present.contains(*line)).collect();
        assert!(removed.is_empty(), "{removed:#?}");
    }
}
