//! The audit trail: the event log from new to old, restricted to what the caller may see.

use std::{cmp::Reverse, collections::HashMap};

use axum::extract::State;
use chrono::{DateTime, Utc};
use commands::policy::Right;
use domain::{RawEvent, has_four_digit_year, identity::Scope};
use event_store::{AuditTrailQuery, audit_trail};
use projections::listing;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{
    entry::{AuditCursor, AuditEntry},
    sign_ins::{entries_from_events, failed_sign_ins},
};
use crate::{
    App,
    caller::Caller,
    describe::{IncludeParam, PageParams},
    history::EventMetadata,
    json_request::Query,
    names::{Include, resolve_names},
    problem::Problem,
    reads::{self, List},
};

/// How many positions a page looks back in the log for callers that see everything …
const SCAN_DEPTH: i64 = 20_000;
/// … and for others, since each event must be checked for visibility.
const SCOPED_SCAN_DEPTH: i64 = 5_000;
/// How many events are checked at a time.
const CHUNK_SIZE: i64 = 500;

/// The parameters of the audit trail.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct AuditFilter {
    /// Who did it.
    actor: Option<Uuid>,
    /// What came of one request, and what followed from that.
    correlation: Option<Uuid>,
    /// To what kind of thing: `crm.customer`.
    topic: Option<String>,
    /// To which one.
    id: Option<Uuid>,
    /// What: `CustomerRenamed`.
    r#type: Option<String>,
    /// From this moment on.
    since: Option<DateTime<Utc>>,
    /// Before this moment.
    until: Option<DateTime<Utc>>,
    #[param(ignore)]
    limit: Option<u32>,
    #[param(ignore)]
    cursor: Option<String>,
    #[param(ignore)]
    include: Option<Include>,
}

/// Who did what, the newest first. A page may hold fewer than its limit, or none, and there may
/// still be a next one: the search goes back step by step.
#[utoipa::path(get, path = "/audit", operation_id = "platform.audit.list", tag = "platform",
    params(AuditFilter, PageParams, IncludeParam),
    responses((status = 200, description = "A list of entries.", body = List<AuditEntry>)))]
pub(super) async fn list_entries(
    State(app): State<App>,
    caller: Caller,
    Query(filter): Query<AuditFilter>,
) -> Result<List<AuditEntry>, Problem> {
    let limit = listing::page_limit(filter.limit)?;
    let cursor = filter.cursor.as_deref().map(AuditCursor::parse).transpose()?;
    let after = cursor.unwrap_or(AuditCursor::NEWEST);
    let (scope, include) = (caller.scope(Right::Audit), filter.include);
    let head = reads::log_head(&app).await?;
    let scan_depth = if scope == Scope::All { SCAN_DEPTH } else { SCOPED_SCAN_DEPTH };
    let query = filter.into_query(after, head.0, scan_depth, limit)?;
    // Hidden events are left out before the page is cut, so that where it ends does not reveal them.
    let (events, only_user) = match scope {
        Scope::All => (audit_trail(&app.db, &query).await?, None),
        scope => (events_in_scope(&app, &caller, scope, &query).await?, Some(caller.id)),
    };
    let mut entries = entries_from_events(app.commands.aggregates().keys(), events).await?;
    entries.extend(failed_sign_ins(&app.db, &query, after, only_user).await?);
    entries.sort_unstable_by_key(|entry| Reverse(entry.cursor));
    let mut list = List::from_rows(entries, limit, head, |last| last.cursor.to_string());
    if list.page.next.is_none() && query.from > 1 {
        let next = AuditCursor { position: query.from, failure: 0 };
        list.page.next = Some(next.to_string());
    }
    if include.is_some() {
        let mut references =
            EventMetadata::references_to_actors(list.data.iter().map(|entry| &entry.metadata));
        list.data.iter().for_each(|entry| references.add(&entry.topic, entry.id));
        list.names = Some(resolve_names(&app, &caller, references).await?);
    }
    Ok(list)
}

impl AuditFilter {
    fn into_query(
        self,
        after: AuditCursor,
        head: i64,
        scan_depth: i64,
        limit: u32,
    ) -> Result<AuditTrailQuery, Problem> {
        let Self { actor, correlation, topic, id, r#type, since, until, .. } = self;
        for (name, time) in [("since", since), ("until", until)] {
            if time.is_some_and(|time| !has_four_digit_year(&time)) {
                return Err(Problem::invalid(name, "is in a year that not everybody can read"));
            }
        }
        let before = after.events_before().unwrap_or(head + 1).clamp(1, head + 1);
        Ok(AuditTrailQuery {
            before,
            from: (before - scan_depth).max(1),
            actor,
            correlation,
            stream: topic,
            id,
            kind: r#type,
            since,
            until,
            // One more than the page has tells whether there is a next one.
            limit: i64::from(limit) + 1,
        })
    }
}

/// Events that the caller caused, or that concern data in their scope.
async fn events_in_scope(
    app: &App,
    caller: &Caller,
    scope: Scope,
    query: &AuditTrailQuery,
) -> Result<Vec<RawEvent>, Problem> {
    let mut found = Vec::new();
    let mut chunk = AuditTrailQuery { limit: CHUNK_SIZE, ..query.clone() };
    loop {
        let events = audit_trail(&app.db, &chunk).await?;
        let is_last = i64::try_from(events.len()).is_ok_and(|count| count < CHUNK_SIZE);
        if let Some(last) = events.last() {
            chunk.before = last.position;
        }
        let visible = app.live.owners.resolve(&events).await?;
        let visible: HashMap<_, _> = visible
            .iter()
            .map(|event| (event.position(), event.is_visible_to(caller, scope)))
            .collect();
        found.extend(events.into_iter().filter(|event| {
            event.meta.actor == caller.id || visible.get(&event.position) == Some(&true)
        }));
        if is_last || i64::try_from(found.len()).is_ok_and(|count| count >= query.limit) {
            return Ok(found);
        }
    }
}
