//! What is asked for, and what a replay may be called.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Facts, Refusal};
use crate::{Text, analytics::scenario::Scenario};

/// The schemas of its tables have longer names.
pub(super) const MAX_NAME: usize = 30;
/// How the names of schemas begin that are not for replays. A schema that is called like a role comes first where
/// that role looks for tables.
const RESERVED: [&str; 2] = ["pg_", "servicebook"];

/// Whether a replay may have this name.
pub fn is_name(name: &str) -> bool {
    let letters = name.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '_'));
    let is_reserved = RESERVED.iter().any(|reserved| name.starts_with(reserved));
    // The schemas of tables, and of what is built anew, are called so.
    let is_compound = name.contains("__") || name == "_";
    letters && !is_reserved && !is_compound && (1..=MAX_NAME).contains(&name.len())
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReplayRequest)]
pub struct Request {
    /// The schema of its views: small letters, digits and `_`.
    #[schema(value_type = String, max_length = 30, pattern = "^_?[a-z0-9]+(_[a-z0-9]+)*_?$", example = "new_year")]
    pub name: Text<30>,
    /// The read models that are to be in it, by their names; none means all.
    #[serde(default)]
    #[schema(example = json!(["crm.customer"]))]
    pub read_models: Vec<Text<100>>,
    /// It holds what was recorded by then; all that was recorded, if neither this nor a position is named.
    #[serde(default)]
    pub as_of: Option<DateTime<Utc>>,
    /// It ends with the event at this position, instead of a moment.
    #[serde(default)]
    pub at_position: Option<i64>,
    /// Whether that is when events took effect, and not when they were recorded.
    #[serde(default)]
    pub effective: bool,
    /// Leaves out what began earlier.
    #[serde(default)]
    pub since: Option<DateTime<Utc>>,
    /// The policies that it is made with instead of those that were in force. Then all of it is counterfactual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario: Option<Scenario>,
}

impl Request {
    /// The request as it is recorded, with its end.
    pub(super) fn checked(self, now: DateTime<Utc>, facts: &Facts) -> Result<Self, Refusal> {
        if !is_name(&self.name.to_string()) {
            return Err(Refusal::InvalidReplayName { most: MAX_NAME });
        }
        let faults = |scenario: &Scenario| scenario.faults("/scenario", &facts.unknown_overrides);
        let faults = self.scenario.as_ref().map(faults).unwrap_or_default();
        if !faults.is_empty() {
            return Err(Refusal::UnusableScenario { faults });
        }
        let as_of = match (self.as_of, self.at_position) {
            (Some(_), Some(_)) => return Err(Refusal::TwoEnds),
            (Some(moment), None) if moment > now => return Err(Refusal::FutureMoment),
            (None, Some(..=0)) => return Err(Refusal::InvalidPosition),
            (None, Some(_)) => None,
            (moment, None) => Some(moment.unwrap_or(now)),
        };
        if self.since.zip(as_of).is_some_and(|(since, end)| since > end) {
            return Err(Refusal::SinceAfterEnd);
        }
        Ok(Self { as_of, ..self })
    }
}
