//! What happened, the newest first: the log itself, as far as the caller may know.

use std::collections::HashMap;

use axum::extract::State;
use chrono::{DateTime, Utc};
use commands::policy::Right;
use domain::{Raw, identity::Scope, is_common};
use projections::{Question, Trail, trail};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    App,
    caller::Caller,
    freshness::Freshness,
    given::Query,
    problem::Problem,
    reads::{self, List, Listed},
};

/// Which events are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// Who did it.
    actor: Option<Uuid>,
    /// To what kind of thing: `crm.customer`.
    topic: Option<String>,
    /// To which one.
    id: Option<Uuid>,
    /// What: `CustomerRenamed`.
    r#type: Option<String>,
    since: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `page.next` of the page before.
    cursor: Option<i64>,
}

/// Something that was done.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub(super) struct Entry {
    position: i64,
    recorded_at: DateTime<Utc>,
    /// The kind of thing it was done to: `crm.customer`.
    topic: String,
    id: Uuid,
    /// What: `CustomerRenamed`. The history of the thing says more.
    #[serde(rename = "type")]
    kind: String,
    actor: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_behalf_of: Option<Uuid>,
    /// The command that led to it.
    command: Uuid,
    /// The request or external event that began it all.
    correlation: Uuid,
    /// The event that made a worker do it.
    #[serde(skip_serializing_if = "Option::is_none")]
    causation: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Who did what, the newest first. A page may hold fewer than its limit, or none, and there may
/// still be a next one: the search goes back step by step.
#[utoipa::path(get, path = "/audit", operation_id = "platform.audit.list", tag = "platform",
    params(Wanted), extensions(("x-right" = json!("audit"))),
    responses((status = 200, description = "A list of entries.", body = Listed<Entry>)))]
pub(super) async fn audit(
    State(app): State<App>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<List<Entry>, Problem> {
    caller.sight(Right::Audit)?;
    let question = wanted.question()?;
    let Trail { events, before, head } = trail(&app.db, &question).await?;
    let scope = caller.scope(Right::Audit);
    let events = if scope == Scope::All { events } else { app.own(&caller, scope, events).await? };
    Ok(List {
        data: events.into_iter().map(Entry::from).collect(),
        next: before.map(|before| before.to_string()),
        position: head,
        as_of: app.commands.now(),
        freshness: Freshness::default(),
    })
}

impl Wanted {
    fn question(self) -> Result<Question, Problem> {
        let Self { actor, topic, id, r#type, since, until, limit, cursor } = self;
        let limit = reads::limit(limit)?;
        for (name, time) in [("since", since), ("until", until)] {
            if time.is_some_and(|time| !is_common(&time)) {
                return Err(Problem::invalid(name, "is in a year that not everybody can read"));
            }
        }
        Ok(Question {
            before: cursor,
            actor,
            stream: topic,
            id,
            kind: r#type,
            since,
            until,
            limit: limit.into(),
        })
    }
}

impl App {
    /// What the caller did, and what happened to things that are in his scope.
    async fn own(
        &self,
        caller: &Caller,
        scope: Scope,
        events: Vec<Raw>,
    ) -> Result<Vec<Raw>, Problem> {
        let known = self.known(&events).await?;
        let known: HashMap<_, _> = known
            .iter()
            .map(|known| (known.position(), known.may_be_known_to(caller, scope)))
            .collect();
        let may_know = |event: &Raw| {
            event.meta.actor == caller.id || known.get(&event.position).copied().unwrap_or_default()
        };
        Ok(events.into_iter().filter(may_know).collect())
    }
}

impl From<Raw> for Entry {
    fn from(event: Raw) -> Self {
        let Raw { position, stream: topic, id, kind, meta, recorded_at, .. } = event;
        Self {
            position,
            recorded_at,
            topic,
            id,
            kind,
            actor: meta.actor,
            on_behalf_of: meta.on_behalf_of,
            command: meta.command,
            correlation: meta.correlation,
            causation: meta.causation,
            reason: meta.reason,
        }
    }
}
