//! Checks that the numbers of counters have no gaps and no duplicates.

use std::collections::HashMap;

use domain::{Counter, RawEvent};
use serde_json::Value;
use sqlx::PgConnection;

use super::report::Report;

/// The counters by name, and which of their numbers were found.
pub(super) struct CounterNumbers(HashMap<String, CounterState>);

struct CounterState {
    last: u64,
    /// A bit for each number that was found.
    found: Vec<u64>,
    count: u64,
}

impl CounterNumbers {
    pub(super) async fn load(db: &mut PgConnection, report: &mut Report) -> sqlx::Result<Self> {
        let counters: Vec<(String, i64)> =
            sqlx::query_as("select name, last from event_store.counters").fetch_all(db).await?;
        let mut numbers = HashMap::new();
        for (name, last) in counters {
            // Every draw is an event, so there cannot be more numbers than events.
            let last = if (0..=report.events).contains(&last) {
                last.unsigned_abs()
            } else {
                report.add_fault(format!("the counter {name} stands at {last}"));
                0
            };
            let blocks = usize::try_from(last / 64).unwrap_or_default() + 1;
            numbers.insert(name, CounterState { last, found: vec![0; blocks], count: 0 });
        }
        Ok(Self(numbers))
    }

    /// Records the number that an event drew.
    pub(super) fn record(&mut self, counter: &Counter, raw: &RawEvent, report: &mut Report) {
        let Counter { name, field } = counter;
        let data: Value = serde_json::from_str(raw.data.get()).unwrap_or_default();
        let position = raw.position;
        let (Some(number), Some(state)) = (data[field].as_u64(), self.0.get_mut(name)) else {
            return report.add_fault(format!("{position} has no number of the counter {name}"));
        };
        report.numbers += 1;
        let slot = usize::try_from(number / 64).ok().and_then(|block| state.found.get_mut(block));
        let bit = 1 << (number % 64);
        match slot {
            Some(block) if (1..=state.last).contains(&number) && *block & bit == 0 => {
                *block |= bit;
                state.count += 1;
            }
            _ => report.add_fault(format!(
                "{position} has the number {number} of {name}, which others have, or nobody drew"
            )),
        }
    }

    pub(super) fn report_missing(self, report: &mut Report) {
        for (name, CounterState { last, count, .. }) in self.0 {
            if count != last {
                report.add_fault(format!(
                    "of the {last} numbers of {name} {} are nowhere",
                    last - count
                ));
            }
        }
    }
}
