//! One row as it was at an earlier moment: folded from its own history, and read by the list's own SQL.

use anyhow::anyhow;
use chrono::{DateTime, Utc};
use domain::{RawEvent, identity::RowScope};
use sealing::KeyRing;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json, value::RawValue};
use sqlx::{PgPool, Postgres, QueryBuilder, types::Json};
use uuid::Uuid;

use super::{Item, Listing, parse_row, row_scope::begin_with_row_security};
use crate::{Projector, fold::rows_by_table};

/// An earlier moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsOf {
    /// When the log ended there.
    Position(i64),
    Instant(DateTime<Utc>),
}

impl AsOf {
    fn includes(self, event: &RawEvent) -> bool {
        match self {
            Self::Position(position) => event.position <= position,
            Self::Instant(instant) => event.recorded_at <= instant,
        }
    }
}

/// The row of an aggregate of a stream as it was at a moment, and that moment. What views join from
/// other aggregates is as it is now, and only what the row scope covers. `None` before the row was there.
pub async fn find_as_of<T: DeserializeOwned>(
    db: &PgPool,
    ring: &KeyRing,
    listing: &Listing,
    (stream, id): (&str, Uuid),
    as_of: AsOf,
    row_scope: &RowScope,
) -> anyhow::Result<Option<(Item<T>, DateTime<Utc>)>> {
    let mut events = event_store::history(db, stream, id).await?;
    let reached = events.iter().rposition(|event| as_of.includes(event));
    events.truncate(reached.map_or(0, |last| last + 1));
    let (Some(first), Some(last)) = (events.first(), events.last()) else { return Ok(None) };
    let moment = match as_of {
        AsOf::Position(_) => last.recorded_at,
        AsOf::Instant(instant) => instant,
    };
    let model = crate::all_projectors().find(|model| model.schema() == listing.schema());
    let model = model.ok_or_else(|| anyhow!("{} has no projector", listing.from))?;
    let keys =
        ring.keys_for_reading(events.iter().flat_map(|event| event.meta.subjects.clone())).await?;
    let folded = model.stream(stream).ok_or_else(|| anyhow!("{} has no {stream}", model.name))?;
    let folded = folded.fold(None, &events, &keys);
    let folded = folded.map_err(|why| anyhow!("an event cannot be folded: {why:?}"))?;
    let tables = rows_by_table(&folded).map_err(|why| anyhow!("rows do not fit: {why:?}"))?;
    let own = json!({
        "id": id, "version": last.version, "position": last.position,
        "created_at": first.recorded_at, "updated_at": last.recorded_at,
    });

    let mut sql = QueryBuilder::<Postgres>::new("with ");
    for (table, rows) in tables {
        sql.push(format_args!("\"{table}\" as (select * from jsonb_populate_recordset("));
        sql.push(format_args!("null::{}.\"{table}\", ", model.schema()));
        let rows = rows.into_iter().map(|row| with_own_columns(row, &own));
        sql.push_bind(Json(rows.collect::<Result<Vec<_>, _>>()?)).push(")), ");
    }
    for (view, select) in views(model) {
        sql.push(format_args!("{view} as ("));
        let mut parts = select.split("now()");
        sql.push(parts.next().unwrap_or_default());
        for part in parts {
            sql.push_bind(moment).push("::timestamptz").push(part);
        }
        sql.push("), ");
    }
    let (_, name) = listing.from.split_once('.').unwrap_or_default();
    sql.push(format_args!(
        "found as (select * from {name}) select to_json(t) from found t where t.id = "
    ));
    sql.push_bind(id);

    let mut db = match begin_with_row_security(db, row_scope).await? {
        Some(transaction) => transaction,
        None => db.begin().await?,
    };
    sqlx::query("select set_config('search_path', $1, true)")
        .bind(model.schema())
        .execute(&mut *db)
        .await?;
    let found: Option<Json<Box<RawValue>>> =
        sql.build_query_scalar().fetch_optional(&mut *db).await?;
    let Some(Json(data)) = found else { return Ok(None) };
    let data = parse_row(listing, &data)?;
    Ok(Some((Item { data, version: last.version, position: last.position }, moment)))
}

/// A row of a fold with the columns that the runtime fills: `id`, and in main tables the others.
fn with_own_columns(row: &RawValue, own: &Value) -> serde_json::Result<Map<String, Value>> {
    let mut row: Map<String, Value> = serde_json::from_str(row.get())?;
    let is_main = !row.contains_key("key");
    let own = own.as_object().into_iter().flatten();
    row.extend(
        own.filter(|(name, _)| is_main || *name == "id").map(|(k, v)| (k.clone(), v.clone())),
    );
    Ok(row)
}

/// The names and the statements of the views of a read model, in order.
fn views(model: &Projector) -> impl Iterator<Item = (&'static str, &'static str)> {
    let views = model.tables.split("create view ").skip(1);
    views.filter_map(|rest| rest.split(';').next()?.split_once(" as\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_views_of_all_read_models_are_found() {
        for model in crate::all_projectors() {
            let created = model.tables.matches("create view").count();
            let found: Vec<_> = views(model).collect();
            assert_eq!(found.len(), created, "{}", model.name);
            assert!(
                found
                    .iter()
                    .all(|(name, select)| { !name.contains(' ') && select.starts_with("select") }),
                "{found:?}"
            );
        }
    }
}
