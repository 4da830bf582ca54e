//! Why something is as it is: the events that gave a field its value.

use axum::Json;
use chrono::{DateTime, Utc};
use commands::Failure;
use domain::{Id, Raw};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{
    IntoParams, ToSchema,
    openapi::schema::{Object, SchemaType, Type},
};
use uuid::Uuid;

use crate::{App, caller::Caller, problem::Problem, reads, visible::Visible};

/// What is to be explained.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// A field of the item: `status`.
    pub(crate) field: String,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Explained {
    data: Explanation,
}

/// The value of any field.
fn anything() -> Object {
    let types = [Type::Object, Type::Array, Type::String, Type::Number, Type::Boolean, Type::Null];
    Object::with_type(SchemaType::from_iter(types))
}

/// How a field came to its value.
#[derive(Serialize, ToSchema)]
struct Explanation {
    field: String,
    /// Its value now.
    #[schema(schema_with = anything)]
    value: Value,
    /// The events by which it changed, the last one first.
    changes: Vec<Change>,
}

/// An event by which a field changed.
#[derive(Serialize, ToSchema)]
#[schema(as = FieldChange)]
struct Change {
    /// The value from then on.
    #[schema(schema_with = anything)]
    value: Value,
    position: i64,
    version: i32,
    /// What happened: `CustomerRenamed`.
    #[serde(rename = "type")]
    kind: String,
    recorded_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_at: Option<DateTime<Utc>>,
    actor: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_behalf_of: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// How a field of one `H` came to its value, for those who may see both it and histories.
pub(crate) async fn of<H: Visible>(
    app: &App,
    caller: &Caller,
    id: Id<H>,
    field: String,
) -> Result<Json<Explained>, Problem> {
    let sight = caller.sight_of_histories(H::SEEN)?;
    let listing = H::listing(caller);
    let row = reads::found::<Value>(app, listing, id.uuid(), &sight).await?.data.data;
    let unknown = || Problem::invalid("field", format!("there is no field {field}"));
    let value = row.get(&field).cloned().ok_or_else(unknown)?;

    let lookup = app.commands.lookup();
    let events = lookup.store().history(H::NAME, id.uuid()).await?;
    let people = events.iter().flat_map(|event| event.meta.subjects.iter().copied());
    let keys = lookup.keys().opener(people).await?;
    let model = projections::all().find(|model| model.schema() == listing.schema());
    let values = model.map(|model| model.values(H::NAME, &events, &keys, &field));
    let values = values.transpose()?.unwrap_or_default();
    // What is hidden from him in the list stays hidden here.
    if value.is_null() && values.last().is_some_and(|value| !value.is_null()) {
        return Err(unknown());
    }
    let mut changes = Vec::new();
    let mut before = &Value::Null;
    for (event, value) in events.iter().zip(&values) {
        if value != before {
            let fact = keys.decode::<H>(event);
            let fact = fact.map_err(|why| Failure::<H::Refusal>::Broken(why.into()))?;
            if H::shown(&fact.event, caller) {
                changes.push(Change::new(event, value.clone()));
            }
        }
        before = value;
    }
    changes.reverse();
    Ok(Json(Explained { data: Explanation { field, value, changes } }))
}

impl Change {
    fn new(event: &Raw, value: Value) -> Self {
        let Raw { position, version, kind, recorded_at, meta, .. } = event;
        Self {
            value,
            position: *position,
            version: *version,
            kind: kind.clone(),
            recorded_at: *recorded_at,
            effective_at: meta.effective_at,
            actor: meta.actor,
            on_behalf_of: meta.on_behalf_of,
            reason: meta.reason.clone(),
        }
    }
}
