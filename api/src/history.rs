//! The history of an item: its events, as far as the caller may see them.

use chrono::{DateTime, Utc};
use commands::Failure;
use domain::{
    Decider, Id, Meta, Recorded, encode,
    identity::{service_account::ServiceAccount, user::User},
    wire_name,
};
use projections::listing::{self, References};
use serde::Serialize;
use serde_json::{Value, value::RawValue};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    App,
    caller::Caller,
    names::{Include, resolve_names},
    problem::Problem,
    read_query::ReadQuery,
    reads::{self, List},
    visible::Visible,
};

/// What is said of an event wherever it is shown: in histories, explanations and the audit trail.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventMetadata {
    /// Its place in the log of everything.
    position: i64,
    /// What happened, as on the bus: `CustomerRenamed`.
    #[serde(rename = "type")]
    kind: String,
    /// When it was learnt.
    recorded_at: DateTime<Utc>,
    /// When it is true, if that is not when it was learnt.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    effective_at: Option<DateTime<Utc>>,
    /// Who did it.
    actor: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    on_behalf_of: Option<Uuid>,
    /// The event that made a worker do it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    causation: Option<Uuid>,
    /// The request or external event that began it all.
    correlation: Uuid,
}

impl EventMetadata {
    /// Of the event of a kind at a position.
    pub(crate) fn new(
        position: i64,
        kind: String,
        recorded_at: DateTime<Utc>,
        meta: &Meta,
    ) -> Self {
        let &Meta { effective_at, actor, on_behalf_of, causation, correlation, .. } = meta;
        Self {
            position,
            kind,
            recorded_at,
            effective_at,
            actor,
            on_behalf_of,
            causation,
            correlation,
        }
    }

    /// Who was at work in these events.
    pub(crate) fn references_to_actors<'a>(events: impl Iterator<Item = &'a Self>) -> References {
        let mut references = References::default();
        for actor in events.flat_map(|event| [Some(event.actor), event.on_behalf_of]).flatten() {
            // A person, or a program.
            references.add(User::NAME, actor);
            references.add(ServiceAccount::NAME, actor);
        }
        references
    }
}

/// Something that happened to an item.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HistoryEvent {
    #[serde(flatten)]
    metadata: EventMetadata,
    /// Its place in the item's own history.
    version: i32,
    /// As its schema says; personal data is `{"of": subject, "known": value}`, and without
    /// `known` once it was erased.
    #[schema(value_type = Object)]
    data: Box<RawValue>,
}

/// A page of the history of one `A`, for callers who may see both the item and histories.
pub(crate) async fn list_events<A: Visible>(
    app: &App,
    caller: &Caller,
    id: Id<A>,
    query: &ReadQuery,
) -> Result<List<HistoryEvent>, Problem> {
    query.allow_only(&["limit", "cursor", "include"])?;
    let limit = listing::page_limit(query.list.limit)?;
    let cursor = query.list.cursor.as_deref().map_or(Ok(0), str::parse::<i32>);
    let after =
        cursor.map_err(|_| Problem::invalid("cursor", "is not one that this list gave out"))?;

    let row_scope = caller.history_row_scope::<A>()?;
    let listing = A::listing(caller);
    let freshness = app.read_models.wait_for(&[listing], query.min_position).await?;
    reads::find_row::<Value>(app, listing, id.uuid(), &row_scope, freshness).await?;

    let history = app.commands.aggregates().history::<A>(id).await;
    let history = history.map_err(|lost| Problem::from(Failure::<A::Refusal>::from(lost)))?;
    let position = history.last().map_or(0, |recorded| recorded.position);
    let (page, next) = {
        let mut rest =
            A::visible_history(history, caller).filter(|recorded| recorded.version > after);
        let page: Vec<_> = rest.by_ref().take(limit as usize).collect();
        let next = rest.next().and(page.last()).map(|last| last.version.to_string());
        (page, next)
    };
    let rows: Vec<_> = page.into_iter().map(to_history_event::<A>).collect::<Result<_, _>>()?;
    let names = match query.include {
        Some(Include::Names) => {
            let events = rows.iter().map(|event| &event.metadata);
            let references = EventMetadata::references_to_actors(events);
            Some(resolve_names(app, caller, references).await?)
        }
        None => None,
    };
    let page = listing::Page { rows, next, position, as_of: app.commands.now() };
    Ok(List::from_page(page, freshness).with_names(names))
}

fn to_history_event<A: Decider>(recorded: Recorded<A::Event>) -> anyhow::Result<HistoryEvent> {
    let Recorded { position, version, recorded_at, meta, event, .. } = recorded;
    let (variant, data) = encode::<A>(&event)?;
    Ok(HistoryEvent {
        metadata: EventMetadata::new(position, wire_name::<A>(&variant), recorded_at, &meta),
        version,
        data: RawValue::from_string(data)?,
    })
}
