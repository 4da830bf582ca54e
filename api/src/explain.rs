//! The events that gave a field of an item its value.

use std::collections::HashSet;

use axum::Json;
use commands::Failure;
use domain::{Id, Raw};
use projections::listing::Name;
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
    names::{Include, Names, names},
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
    /// The events by which it changed, the last one first.
    changes: Vec<FieldChange>,
}

/// An event by which a field changed.
#[derive(Serialize, ToSchema)]
struct FieldChange {
    /// The value from then on.
    #[schema(schema_with = any_value)]
    value: Value,
    /// Its place in the item's own history.
    version: i32,
    #[serde(flatten)]
    metadata: EventMetadata,
}

/// How a field of one `H` got its value, for callers who may see both the item and histories.
pub(crate) async fn explain_field<H: Visible>(
    app: &App,
    caller: &Caller,
    id: Id<H>,
    ExplainParams { field, include }: ExplainParams,
    min_position: Option<i64>,
) -> Result<Json<Explained>, Problem> {
    let row_scope = caller.history_row_scope(H::READ_RIGHT)?;
    let listing = H::listing(caller);
    let freshness = app.read_models.wait_for(&[listing], min_position).await?;
    let row = reads::find::<Value>(app, listing, id.uuid(), &row_scope, freshness).await?.data.data;
    let unknown = || Problem::invalid("field", format!("there is no field {field}"));
    let value = row.get(&field).cloned().ok_or_else(unknown)?;

    let lookup = app.commands.lookup();
    let events = event_store::history(lookup.db(), H::NAME, id.uuid()).await?;
    let people = events.iter().flat_map(|event| event.meta.subjects.iter().copied());
    let keys = lookup.keys().reading_keys(people).await?;
    let model = projections::all().find(|model| model.schema() == listing.schema());
    let values = model.map(|model| model.field_history(H::NAME, &events, &keys, &field));
    let values = values.transpose()?.unwrap_or_default();
    // A field that lists hide from the caller stays hidden here.
    if value.is_null() && values.last().is_some_and(|value| !value.is_null()) {
        return Err(unknown());
    }
    let history = events.iter().map(|event| keys.decode::<H>(event)).collect::<Result<_, _>>();
    let history = history.map_err(|why| Failure::<H::Refusal>::Broken(why.into()))?;
    let visible_versions: HashSet<i32> =
        H::visible_history(history, caller).map(|recorded| recorded.version).collect();
    let mut changes = Vec::new();
    let mut before = Value::Null;
    for (event, value) in events.into_iter().zip(values) {
        if value != before && visible_versions.contains(&event.version) {
            let Raw { position, version, kind, recorded_at, meta, .. } = event;
            let metadata = EventMetadata::new(position, kind, recorded_at, &meta);
            changes.push(FieldChange { value: value.clone(), version, metadata });
        }
        before = value;
    }
    changes.reverse();
    let names = match include {
        Some(Include::Names) => {
            let events = changes.iter().map(|change| &change.metadata);
            let mut references = EventMetadata::references(events);
            let values = changes.iter().map(|change| &change.value).chain([&value]);
            if let Some(column) = listing.fields.iter().find(|column| column.name == field) {
                values.for_each(|value| references.add_value(column, value));
            }
            Some(names(app, caller, references).await?)
        }
        None => None,
    };
    Ok(Json(Explained { data: Explanation { field, value, changes }, names }))
}
