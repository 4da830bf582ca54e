//! What a field of a row said after each event of its aggregate.

use domain::Raw;
use sealing::Keys;
use serde_json::Value;

use crate::{
    Projector,
    fold::{Poison, by_table},
};

impl Projector {
    /// What a field of an aggregate's row is after each of its events, from the first on; nothing
    /// where the read model has no such field.
    pub fn values(
        &self,
        stream: &str,
        events: &[Raw],
        keys: &Keys,
        field: &str,
    ) -> anyhow::Result<Vec<Value>> {
        let Some(stream) = self.stream(stream) else { return Ok(Vec::new()) };
        let mut rows: Option<String> = None;
        let mut values = Vec::with_capacity(events.len());
        for event in events {
            let folded = stream.fold(rows.as_deref(), std::slice::from_ref(event), keys);
            let folded = folded.map_err(|poison| unreadable(&poison))?;
            let tables = by_table(&folded).map_err(|poison| unreadable(&poison))?;
            // A main table has one row for each aggregate.
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

fn unreadable(poison: &Poison) -> anyhow::Error {
    anyhow::anyhow!("an event cannot be folded: {poison:?}")
}
