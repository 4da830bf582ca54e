//! Numbers without gaps: each is drawn once, and none is missing.

use std::collections::HashMap;

use domain::{Counter, Raw};
use serde_json::Value;
use sqlx::PgConnection;

use super::Report;

/// The counters, and which of their numbers were met: a bit for each.
pub(super) struct Numbers(HashMap<String, Drawn>);

struct Drawn {
    last: u64,
    met: Vec<u64>,
    count: u64,
}

impl Numbers {
    pub(super) async fn load(db: &mut PgConnection, report: &mut Report) -> sqlx::Result<Self> {
        let counters: Vec<(String, i64)> =
            sqlx::query_as("select name, last from event_store.counters").fetch_all(db).await?;
        let mut numbers = HashMap::new();
        for (name, last) in counters {
            // Every draw is an event: more numbers than events were never drawn.
            let last = if (0..=report.events).contains(&last) {
                last.unsigned_abs()
            } else {
                report.fault(format!("the counter {name} stands at {last}"));
                0
            };
            let words = usize::try_from(last / 64).unwrap_or_default() + 1;
            numbers.insert(name, Drawn { last, met: vec![0; words], count: 0 });
        }
        Ok(Self(numbers))
    }

    /// Notes the number that an event drew.
    pub(super) fn met(&mut self, counter: &Counter, raw: &Raw, report: &mut Report) {
        let Counter { name, field } = counter;
        let data: Value = serde_json::from_str(raw.data.get()).unwrap_or_default();
        let position = raw.position;
        let (Some(number), Some(drawn)) = (data[field].as_u64(), self.0.get_mut(name)) else {
            return report.fault(format!("{position} has no number of the counter {name}"));
        };
        report.numbers += 1;
        let place = usize::try_from(number / 64).ok().and_then(|word| drawn.met.get_mut(word));
        let bit = 1 << (number % 64);
        match place {
            Some(word) if (1..=drawn.last).contains(&number) && *word & bit == 0 => {
                *word |= bit;
                drawn.count += 1;
            }
            _ => report.fault(format!(
                "{position} has the number {number} of {name}, which others have, or nobody drew"
            )),
        }
    }

    pub(super) fn end(self, report: &mut Report) {
        for (name, Drawn { last, count, .. }) in self.0 {
            if count != last {
                report
                    .fault(format!("of the {last} numbers of {name} {} are nowhere", last - count));
            }
        }
    }
}
