//! What happened, the newest first: the log itself, as far as the caller may know.

use std::{cmp::Reverse, collections::HashMap};

use axum::extract::State;
use chrono::{DateTime, Utc};
use commands::policy::Right;
use domain::{Raw, identity::Scope, is_common};
use event_store::{Question, trail};
use projections::listing;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{
    entry::{Entry, Place},
    sign_ins::{entries, failures},
};
use crate::{
    App,
    caller::Caller,
    json_request::Query,
    problem::Problem,
    reads::{self, List},
};

/// So far a page looks back in the log for those who see everything…
const REACH: i64 = 20_000;
/// …and so far for others, whose every event must be looked at.
const NARROW_REACH: i64 = 5_000;
/// How many events are looked at in one go.
const CHUNK: i64 = 500;

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

/// Who did what, the newest first. A page may hold fewer than its limit, or none, and there may
/// still be a next one: the search goes back step by step.
#[utoipa::path(get, path = "/audit", operation_id = "platform.audit.list", tag = "platform",
    params(Wanted),
    responses((status = 200, description = "A list of entries.", body = List<Entry>)))]
pub(super) async fn audit(
    State(app): State<App>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<List<Entry>, Problem> {
    let limit = listing::limit(wanted.limit)?;
    let cursor = wanted.cursor.as_deref().map(Place::read).transpose()?;
    let after = cursor.unwrap_or(Place::NEWEST);
    let scope = caller.scope(Right::Audit);
    let head = reads::head(&app).await?;
    let reach = if scope == Scope::All { REACH } else { NARROW_REACH };
    let question = wanted.question(after, head.0, reach, limit)?;
    // What one may not know is left out before the page is cut: where it ends tells nothing of it.
    let (events, only) = match scope {
        Scope::All => (trail(&app.db, &question).await?, None),
        scope => (own(&app, &caller, scope, &question).await?, Some(caller.id)),
    };
    let mut entries = entries(app.commands.lookup().keys(), events).await?;
    entries.extend(failures(&app.db, &question, after, only).await?);
    entries.sort_unstable_by_key(|entry| Reverse(entry.place));
    let mut list = List::cut(entries, limit, head, |last| last.place.to_string());
    if list.page.next.is_none() && question.from > 1 {
        let next = Place { position: question.from, failure: 0 };
        list.page.next = Some(next.to_string());
    }
    Ok(list)
}

impl Wanted {
    fn question(
        self,
        after: Place,
        head: i64,
        reach: i64,
        limit: u32,
    ) -> Result<Question, Problem> {
        let Self { actor, topic, id, r#type, since, until, .. } = self;
        for (name, time) in [("since", since), ("until", until)] {
            if time.is_some_and(|time| !is_common(&time)) {
                return Err(Problem::invalid(name, "is in a year that not everybody can read"));
            }
        }
        let before = after.before().unwrap_or(head + 1).clamp(1, head + 1);
        Ok(Question {
            before,
            from: (before - reach).max(1),
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

/// What the caller did, and what happened to things that are in their scope.
async fn own(
    app: &App,
    caller: &Caller,
    scope: Scope,
    question: &Question,
) -> Result<Vec<Raw>, Problem> {
    let mut own = Vec::new();
    let mut chunk = Question { limit: CHUNK, ..question.clone() };
    loop {
        let events = trail(&app.db, &chunk).await?;
        let is_last = i64::try_from(events.len()).is_ok_and(|count| count < CHUNK);
        if let Some(last) = events.last() {
            chunk.before = last.position;
        }
        let visible = app.live.events.resolve(&events).await?;
        let visible: HashMap<_, _> = visible
            .iter()
            .map(|event| (event.position(), event.is_visible_to(caller, scope)))
            .collect();
        own.extend(events.into_iter().filter(|event| {
            event.meta.actor == caller.id || visible.get(&event.position) == Some(&true)
        }));
        if is_last || i64::try_from(own.len()).is_ok_and(|count| count >= question.limit) {
            return Ok(own);
        }
    }
}
