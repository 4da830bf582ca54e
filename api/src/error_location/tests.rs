//! Errors name the parts that are wrong.

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

fn located(value: &Value) -> String {
    let problem = from_json::<Command>(value).unwrap_err();
    json!(problem)["fields"][0]["pointer"].as_str().unwrap().to_owned()
}

#[test]
fn the_part_that_is_wrong_is_named() {
    let way = |value| json!({ "kind": "email", "value": value });
    assert_eq!(located(&json!({ "type": "create" })), "/name");
    assert_eq!(located(&json!({ "type": "create", "name": "" })), "/name");
    assert_eq!(located(&json!({ "type": "open", "name": "Anna" })), "/text");
    let ways =
        json!({ "type": "open", "text": "x", "name": "Anna", "ways": [{ "kind": "email" }] });
    assert_eq!(located(&ways), "/ways/0/value");
    assert_eq!(located(&json!({ "type": "create", "name": "Anna", "zip": 1 })), "/zip");
    let ways = json!([way("a@b.example"), way("nobody")]);
    assert_eq!(
        located(&json!({ "type": "create", "name": "Anna", "ways": ways })),
        "/ways/1/value"
    );
    let ways = json!([{ "kind": "email" }]);
    assert_eq!(
        located(&json!({ "type": "create", "name": "Anna", "ways": ways })),
        "/ways/0/value"
    );
    let ways = json!([{ "kind": "pigeon" }]);
    assert_eq!(located(&json!({ "type": "create", "name": "Anna", "ways": ways })), "/ways/0/kind");
}

#[test]
fn all_that_is_wrong_is_reported_at_once() {
    let faults_of = |value| -> Vec<String> {
        let faults = deserialize::<Command>(&value).unwrap_err();
        faults.into_iter().map(|fault| fault.pointer).collect()
    };
    let wrong = json!({ "type": "open", "name": "", "text": 7, "ways": [] });
    assert_eq!(faults_of(wrong), ["/name", "/text"]);
    let lacking = json!({ "type": "open", "zip": 1, "ways": [{ "kind": "email", "value": "?" }] });
    let mut lacking_faults = faults_of(lacking);
    lacking_faults.sort_unstable();
    assert_eq!(lacking_faults, ["/name", "/text", "/ways/0/value", "/zip"]);
    // What a variant that is none would need cannot be known.
    assert_eq!(faults_of(json!({ "type": "shut" })), ["/type"]);
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
        from_json::<Never>(&fields(values)).unwrap_err();
        let read = READ.load(Ordering::Relaxed);
        assert!((1..=most).contains(&read), "{values} values: {read} times");
    }
}

#[test]
fn what_can_be_read_is_read() {
    assert!(matches!(from_json(&json!({ "type": "archive" })), Ok(Command::Archive {})));
}
