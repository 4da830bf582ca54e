use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Refusal;
use crate::Fault;

/// Why a message was not applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Reason {
    /// The code of the refusal.
    pub code: String,
    /// For people.
    pub detail: String,
}

/// So many faults are told of…
const TOLD: usize = 20;
/// …in so many bytes each.
const LONGEST: usize = 300;

impl From<&Refusal> for Reason {
    fn from(refusal: &Refusal) -> Self {
        let code = serde_json::to_value(refusal).ok();
        let code = code.as_ref().and_then(|value| value["code"].as_str()).unwrap_or_default();
        let faults = crate::Refusal::faults(refusal);
        Self { code: code.to_owned(), detail: Self::detail(&refusal.to_string(), &faults) }
    }
}

impl Reason {
    /// A message that cannot even be read.
    pub fn unreadable(faults: &[Fault]) -> Self {
        Self { code: "unreadable".into(), detail: Self::detail("cannot be read", faults) }
    }

    fn detail(words: &str, faults: &[Fault]) -> String {
        let told: Vec<_> = faults
            .iter()
            .take(TOLD)
            .map(|Fault { pointer, message }| {
                let (pointer, message) = (beginning(pointer), beginning(message));
                format!("{pointer} {message}")
            })
            .collect();
        match faults.len() {
            0 => words.into(),
            all if all > TOLD => format!("{words}: {}; and {} more", told.join("; "), all - TOLD),
            _ => format!("{words}: {}", told.join("; ")),
        }
    }
}

/// What is wrong with a message may be as long as the message.
fn beginning(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST)]
}
