//! How a user likes the portal: columns, saved views, theme. The portal alone knows what is in it.

use std::{collections::BTreeMap, str::FromStr};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use strum::EnumDiscriminants;
use thiserror::Error;
use utoipa::ToSchema;

pub use super::PreferencesId;
use crate::{Decider, DecisionContext, Fault, Personal, macros::text_newtype};

/// The most bytes of one value, and the most values.
const MAX: (usize, usize) = (16 * 1024, 100);

/// Nothing is preferred at first.
#[derive(Debug, Clone, Default)]
pub struct Preferences(BTreeMap<PreferenceKey, Personal<Value>>);

/// What a preference is called: 1 to 60 small letters, digits, dots, dashes and underscores.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(as = PreferenceKey, value_type = String, pattern = "^[a-z0-9._-]{1,60}$", example = "theme")]
pub struct PreferenceKey(String);

text_newtype!(PreferenceKey);

impl FromStr for PreferenceKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_allowed =
            |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || b"._-".contains(&c);
        if (1..=60).contains(&text.len()) && text.bytes().all(is_allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err("is no key: 1 to 60 small letters, digits, dots, dashes and underscores".into())
        }
    }
}

/// What can be asked of preferences.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, EnumDiscriminants)]
#[strum_discriminants(name(CommandKind), derive(Serialize), serde(rename_all = "snake_case"))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Prefers something; null prefers nothing any more.
    Set { key: PreferenceKey, value: Value },
}

/// What can have happened to preferences.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub enum Event {
    Set { key: PreferenceKey, value: Personal<Value> },
    Removed { key: PreferenceKey },
}

/// Why the business says no.
#[derive(Debug, Clone, PartialEq, Error, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    #[error("a preference has 16 kB at most")]
    TooLarge,
    #[error("100 preferences are enough")]
    TooMany,
}

impl crate::Refusal for Refusal {
    fn faults(&self) -> Vec<Fault> {
        match self {
            Self::TooLarge => vec![Fault::new(String::new(), self.to_string())],
            Self::TooMany => Vec::new(),
        }
    }
}

impl Decider for Preferences {
    const NAME: &'static str = "identity.preferences";

    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;
    type Facts = ();

    fn decide(
        &self,
        Command::Set { key, value }: Command,
        case: &DecisionContext<()>,
    ) -> Result<Vec<Event>, Refusal> {
        let present = self.0.get(&key);
        if value.is_null() {
            return Ok(present.map(|_| Event::Removed { key }).into_iter().collect());
        }
        if value.to_string().len() > MAX.0 {
            return Err(Refusal::TooLarge);
        }
        if present.is_none() && self.0.len() >= MAX.1 {
            return Err(Refusal::TooMany);
        }
        // Names of people can be in it: what was searched for, how a view is called.
        let value = Personal::sealed(case.id, value);
        Ok(if present == Some(&value) { vec![] } else { vec![Event::Set { key, value }] })
    }

    fn evolve(mut self, event: Event) -> Self {
        match event {
            Event::Set { key, value } => self.0.insert(key, value),
            Event::Removed { key } => self.0.remove(&key),
        };
        self
    }
}

impl Preferences {
    /// What is preferred, unless it was erased.
    pub fn values(&self) -> BTreeMap<&str, &Value> {
        self.0.iter().filter_map(|(key, value)| Some((key.as_str(), value.get()?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::spec::{SELF, Spec};

    #[test]
    fn a_preference_is_set_replaced_and_removed() {
        let set = |value| Command::Set { key: key("theme"), value };
        let event = |value| Event::Set { key: key("theme"), value: Personal::sealed(SELF, value) };
        let dark = || event(json!("dark"));
        Preferences::given([]).when(set(json!("dark"))).then([dark()]);
        Preferences::given([]).when(set(Value::Null)).then([]);
        Preferences::given([dark()]).when(set(json!("dark"))).then([]);
        Preferences::given([dark()]).when(set(json!("light"))).then([event(json!("light"))]);
        Preferences::given([dark()])
            .when(set(Value::Null))
            .then([Event::Removed { key: key("theme") }]);
        let preferred = Preferences::default().evolve(dark());
        assert_eq!(preferred.values(), [("theme", &json!("dark"))].into());
    }

    #[test]
    fn preferences_are_bounded() {
        let large = Command::Set { key: key("views"), value: json!("v".repeat(MAX.0 - 1)) };
        Preferences::given([]).when(large).refused(Refusal::TooLarge);
        let name = |number: usize| key(&format!("view-{number}"));
        let value = || Personal::sealed(SELF, json!(1));
        let all = || (0..MAX.1).map(move |number| Event::Set { key: name(number), value: value() });
        let set = |number| Command::Set { key: name(number), value: json!(2) };
        Preferences::given(all()).when(set(MAX.1)).refused(Refusal::TooMany);
        let changed = Event::Set { key: name(0), value: Personal::sealed(SELF, json!(2)) };
        Preferences::given(all()).when(set(0)).then([changed]);
        for bad in ["", "Theme", "a b", "a/b", &"a".repeat(61)] {
            assert!(bad.parse::<PreferenceKey>().is_err(), "{bad}");
        }
    }

    fn key(text: &str) -> PreferenceKey {
        text.parse().unwrap()
    }
}
