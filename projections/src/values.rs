//! The history of a field of a read model, for explanations.

use domain::RawEvent;
use sealing::SubjectKeys;
use serde_json::Value;

use crate::{
    Projector,
    fold::{FoldError, rows_by_table},
};

impl Projector {
    /// The value of a field of an aggregate's row after each of its events, which must begin with the
    /// first; empty if the read model does not read `stream`, null where there is no such field.
    pub fn field_history(
        &self,
        stream: &str,
        events: &[RawEvent],
        keys: &SubjectKeys,
        field: &str,
    ) -> anyhow::Result<Vec<Value>> {
        let Some(stream) = self.stream(stream) else { return Ok(Vec::new()) };
        let mut rows: Option<String> = None;
        let mut values = Vec::with_capacity(events.len());
        for event in events {
            let folded = stream.fold(rows.as_deref(), std::slice::from_ref(event), keys);
            let folded = folded.map_err(|error| fold_failed(&error))?;
            let tables = rows_by_table(&folded).map_err(|error| fold_failed(&error))?;
            // A main table has one row per aggregate.
            let mut rows_of_main = tables.values().filter(|rows| rows.len() == 1);
            let value = rows_of_main.find_map(|table| {
                let row: serde_json::Map<String, Value> =
                    serde_json::from_str(table.first()?.get()).ok()?;
                (!row.contains_key("key")).then(|| row.get(field).cloned())?
            });
            values.push(value.unwrap_or_default());
            rows = Some(folded);
        }
        Ok(values)
    }
}

fn fold_failed(error: &FoldError) -> anyhow::Error {
    anyhow::anyhow!("an event cannot be folded: {error:?}")
}
