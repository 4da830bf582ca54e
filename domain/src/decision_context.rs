//! The input of a decision besides the state and the command.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::access::Actor;

/// Everything but the command that a decision may depend on: a decision never looks elsewhere.
#[derive(Debug, Clone)]
pub struct DecisionContext<F> {
    /// The aggregate that decides.
    pub id: Uuid,
    /// Who gives the command; that they may give it was checked before.
    pub by: Actor,
    /// The moment of the decision. No other clock is read.
    pub now: DateTime<Utc>,
    /// What was looked up beforehand.
    pub facts: F,
}
