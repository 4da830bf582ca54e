//! Which events of an aggregate are folded.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::RawEvent;

use super::counterfactual::Counterfactual;

/// Which events of an aggregate are folded.
#[derive(Debug, Clone)]
pub(crate) struct EventSelection {
    /// None after this position.
    pub(crate) upto: i64,
    /// None that took effect later. Then all times are those at which events took effect.
    pub(crate) effective_until: Option<DateTime<Utc>>,
    /// None of an aggregate whose first event is older.
    pub(crate) since: Option<DateTime<Utc>>,
    /// The scenario under which events are others than those that were recorded.
    pub(crate) counterfactual: Option<Arc<Counterfactual>>,
}

impl EventSelection {
    /// All up to a position.
    pub(crate) fn until(upto: i64) -> Self {
        Self { upto, effective_until: None, since: None, counterfactual: None }
    }

    /// Of the events of an aggregate, which end with the last one up to the position, those that are folded.
    pub(crate) fn select(&self, events: Vec<RawEvent>) -> Vec<RawEvent> {
        let mut events = match &self.counterfactual {
            Some(counterfactual) => counterfactual.apply(events),
            None => events,
        };
        let time = |event: &RawEvent| match self.effective_until {
            Some(_) => event.meta.effective_at.unwrap_or(event.recorded_at),
            None => event.recorded_at,
        };
        let is_too_late =
            |event: &RawEvent| self.effective_until.is_some_and(|end| time(event) > end);
        let is_left_out = events.first().is_some_and(|first| {
            is_too_late(first) || self.since.is_some_and(|since| time(first) < since)
        });
        // Without its first event an aggregate is none.
        events.retain(|event| !is_left_out && !is_too_late(event));
        events
    }
}
