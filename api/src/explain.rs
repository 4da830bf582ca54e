//! The events that gave a field of an item its value, or the fields that it follows from.

use std::{cmp::Reverse, collections::HashSet};

use axum::Json;
use commands::Failure;
use domain::{Id, RawEvent};
use projections::listing::{Listing, Name};
use sealing::SubjectKeys;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{
    ToSchema,
    openapi::schema::{Object, SchemaType, Type},
};

use crate::{
    App,
    caller::Caller,
    history::EventMetadata,
    names::{Include, Names, resolve_names},
    problem::Problem,
    reads,
    visible::Visible,
};

/// What is to be explained.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExplainParams {
    /// A field of the item: `status`.
    pub(crate) field: String,
    /// What the answer should carry besides its data.
    pub(crate) include: Option<Include>,
}

impl ExplainParams {
    fn unknown_field(&self) -> Problem {
        Problem::invalid("field", format!("there is no field {}", self.field))
    }
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Explained {
    data: Explanation,
    /// What is called how whose id is in it, if that was asked for and may be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = BTreeMap<String, Name>, required = false)]
    names: Option<Names>,
}

/// The value of any field.
fn any_value() -> Object {
    let types = [Type::Object, Type::Array, Type::String, Type::Number, Type::Boolean, Type::Null];
    Object::with_type(SchemaType::from_iter(types))
}

/// How a field came to its value.
#[derive(Serialize, ToSchema)]
struct Explanation {
    field: String,
    /// Its value now.
    #[schema(schema_with = any_value)]
    value: Value,
    /// The events by which it changed, the last one first; of one that is computed, those by which the fields
    /// changed that it follows from.
    changes: Vec<FieldChange>,
}

/// An event by which a field changed.
#[derive(Serialize, ToSchema)]
struct FieldChange {
    /// The field that changed.
    field: String,
    /// The value of that field from then on.
    #[schema(schema_with = any_value)]
    value: Value,
    /// Its place in the item's own history.
    version: i32,
    #[serde(flatten)]
    metadata: EventMetadata,
}

/// How a field of one `A` got its value, for callers who may see both the item and histories.
pub(crate) async fn explain_field<A: Visible>(
    app: &App,
    caller: &Caller,
    id: Id<A>,
    params: ExplainParams,
    min_position: Option<i64>,
) -> Result<Json<Explained>, Problem> {
    let row_scope = caller.history_row_scope::<A>()?;
    let listing = A::listing(caller);
    let freshness = app.read_models.wait_for(&[listing], min_position).await?;
    let row = reads::find_row::<Value>(app, listing, id.uuid(), &row_scope, freshness).await?;
    let row = row.data.data;
    if row.get(&params.field).is_none() {
        return Err(params.unknown_field());
    }

    let aggregates = app.commands.aggregates();
    let events = event_store::history(aggregates.db(), A::NAME, id.uuid()).await?;
    let people = events.iter().flat_map(|event| event.meta.subjects.iter().copied());
    let keys = aggregates.keys().keys_for_reading(people).await?;
    let history = events.iter().map(|event| keys.open_event::<A>(event)).collect::<Result<_, _>>();
    let history = history.map_err(|why| Failure::<A::Refusal>::Broken(why.into()))?;
    let visible_versions = A::visible_history(history, caller).map(|recorded| recorded.version);
    let visible_versions = visible_versions.collect();
    let history = ItemHistory { aggregate: A::NAME, listing, events, keys, visible_versions };
    explanation(app, caller, (&row, history), params).await
}

/// What happened to an item.
struct ItemHistory {
    aggregate: &'static str,
    listing: &'static Listing,
    events: Vec<RawEvent>,
    keys: SubjectKeys,
    /// The versions of the events that the caller may see.
    visible_versions: HashSet<i32>,
}

async fn explanation(
    app: &App,
    caller: &Caller,
    (row, history): (&Value, ItemHistory),
    params: ExplainParams,
) -> Result<Json<Explained>, Problem> {
    let known = history.listing.fields.iter().find(|known| known.name == params.field);
    let sources =
        known.map_or_else(|| vec![params.field.as_str()], |known| known.source_fields().to_vec());
    let mut changes = Vec::new();
    for source in sources {
        let found = history.changes_of(row, source)?;
        changes.extend(found.ok_or_else(|| params.unknown_field())?);
    }
    let ExplainParams { field, include } = params;
    let value = row[&field].clone();
    changes.sort_by_key(|change| Reverse(change.version));
    let names = match include {
        Some(Include::Names) => {
            let events = changes.iter().map(|change| &change.metadata);
            let mut references = EventMetadata::references_to_actors(events);
            let values = changes.iter().map(|change| (change.field.as_str(), &change.value));
            for (name, value) in values.chain([(field.as_str(), &value)]) {
                let columns = &history.listing.fields;
                if let Some(column) = columns.iter().find(|column| column.name == name) {
                    references.add_value(column, value);
                }
            }
            Some(resolve_names(app, caller, references).await?)
        }
        None => None,
    };
    Ok(Json(Explained { data: Explanation { field, value, changes }, names }))
}

impl ItemHistory {
    /// The events by which a field changed that the caller may see, in order. A field that lists hide from the
    /// caller stays hidden here: then there is nothing.
    fn changes_of(&self, row: &Value, field: &str) -> Result<Option<Vec<FieldChange>>, Problem> {
        let model = projections::projector_of(self.listing);
        let values = model
            .map(|model| model.field_history(self.aggregate, &self.events, &self.keys, field))
            .transpose()?
            .unwrap_or_default();
        let is_shown = row.get(field).is_some_and(|value| !value.is_null());
        if !is_shown && values.last().is_some_and(|value| !value.is_null()) {
            return Ok(None);
        }
        let (mut changes, mut before) = (vec![], Value::Null);
        for (event, value) in self.events.iter().zip(values) {
            if value != before && self.visible_versions.contains(&event.version) {
                let RawEvent { position, version, kind, recorded_at, meta, .. } = event;
                let metadata = EventMetadata::new(*position, kind.clone(), *recorded_at, meta);
                let (field, value) = (field.to_owned(), value.clone());
                changes.push(FieldChange { field, value, version: *version, metadata });
            }
            before = value;
        }
        Ok(Some(changes))
    }
}
