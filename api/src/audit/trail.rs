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

use super::sign_ins::{Place, failures};
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
    cursor: Option<String>,
}

/// Something that was done.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub(super) struct Entry {
    pub(super) position: i64,
    pub(super) recorded_at: DateTime<Utc>,
    /// The kind of thing it was done to: `crm.customer`.
    pub(super) topic: String,
    /// All zeros, if there is no such thing: nobody was let in.
    pub(super) id: Uuid,
    /// What: `CustomerRenamed`. The history of the thing says more.
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) actor: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) on_behalf_of: Option<Uuid>,
    /// The command that led to it.
    pub(super) command: Uuid,
    /// The request or external event that began it all.
    pub(super) correlation: Uuid,
    /// The event that made a worker do it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) causation: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    /// Of who signed in, or tried to: from where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) network: Option<String>,
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
    let cursor = wanted.cursor.as_deref().map(Place::read).transpose()?;
    let after = cursor.unwrap_or(Place::NEWEST);
    let question = wanted.question(after)?;
    let Trail { events, before, head } = trail(&app.db, &question).await?;
    let scope = caller.scope(Right::Audit);
    let failures = failures(&app.db, &question, after, before).await?;
    // Where the page ends, whoever asks: what one may not know is left out of it afterwards.
    let mut places: Vec<_> = events
        .iter()
        .map(|event| Place { position: event.position, failure: 0 })
        .chain(failures.iter().map(|(place, _)| *place))
        .collect();
    places.sort_unstable_by(|older, newer| newer.cmp(older));
    let last = usize::try_from(question.limit).ok().and_then(|limit| places.get(limit - 1));
    let end = before.map(|position| Place { position, failure: 0 });
    let next = last.copied().or(end);
    let events = if scope == Scope::All { events } else { app.own(&caller, scope, events).await? };
    let mut entries = app.entries(events).await?;
    let own = |(_, it): &(Place, Entry)| scope == Scope::All || it.actor == caller.id;
    entries.extend(failures.into_iter().filter(own));
    entries.sort_unstable_by_key(|(place, _)| std::cmp::Reverse(*place));
    entries.retain(|(place, _)| last.is_none_or(|last| place >= last));
    Ok(List {
        data: entries.into_iter().map(|(_, entry)| entry).collect(),
        next: next.map(|next| next.to_string()),
        position: head,
        as_of: app.commands.now(),
        freshness: Freshness::default(),
    })
}

impl Wanted {
    fn question(self, after: Place) -> Result<Question, Problem> {
        let Self { actor, topic, id, r#type, since, until, limit, cursor: _ } = self;
        let limit = reads::limit(limit)?;
        for (name, time) in [("since", since), ("until", until)] {
            if time.is_some_and(|time| !is_common(&time)) {
                return Err(Problem::invalid(name, "is in a year that not everybody can read"));
            }
        }
        Ok(Question {
            before: after.before(),
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
            network: None,
        }
    }
}
