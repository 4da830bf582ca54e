//! Why a message was not applied, in a form that is stored.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Refusal;
use crate::Fault;

/// Why a message was not applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Reason)]
pub struct RejectionReason {
    /// The code of the refusal.
    pub code: String,
    /// For people.
    pub detail: String,
}

/// The most faults that are listed…
const MAX_FAULTS: usize = 20;
/// …and the most bytes of each.
const MAX_BYTES: usize = 300;

impl From<&Refusal> for RejectionReason {
    fn from(refusal: &Refusal) -> Self {
        let code = serde_json::to_value(refusal).ok();
        let code = code.as_ref().and_then(|value| value["code"].as_str()).unwrap_or_default();
        let faults = crate::Refusal::faults(refusal);
        Self { code: code.to_owned(), detail: Self::detail(&refusal.to_string(), &faults) }
    }
}

impl RejectionReason {
    /// A message that cannot even be read.
    pub fn unreadable(faults: &[Fault]) -> Self {
        Self { code: "unreadable".into(), detail: Self::detail("cannot be read", faults) }
    }

    fn detail(summary: &str, faults: &[Fault]) -> String {
        let messages: Vec<_> = faults
            .iter()
            .take(MAX_FAULTS)
            .map(|Fault { pointer, message, .. }| {
                let (pointer, message) = (shortened(pointer), shortened(message));
                format!("{pointer} {message}")
            })
            .collect();
        match faults.len() {
            0 => summary.into(),
            all if all > MAX_FAULTS => {
                format!("{summary}: {}; and {} more", messages.join("; "), all - MAX_FAULTS)
            }
            _ => format!("{summary}: {}", messages.join("; ")),
        }
    }
}

/// The message of a fault may be as long as the input.
fn shortened(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_BYTES)]
}
