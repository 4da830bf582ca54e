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
        let faults: Vec<_> =
            faults.iter().map(|f| format!("{} {}", f.pointer, f.message)).collect();
        if faults.is_empty() { words.into() } else { format!("{words}: {}", faults.join("; ")) }
    }
}
