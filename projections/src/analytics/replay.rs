//! Replays as those see them who may have some.

use chrono::{DateTime, Utc};
use domain::{
    Recorded, Text,
    analytics::{
        replay::{self, Event, FailureReason, Outcome, ReplayId, Request, TableRows},
        scenario::Scenario,
    },
};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Fold, FoldedStream, Projector,
    listing::{Field, Listing, OwnerColumns},
};

pub const PROJECTOR: Projector = Projector {
    name: "analytics.replay",
    version: 2,
    tables: include_str!("replay.sql"),
    streams: &[FoldedStream::of::<replay::Replay, Rows>()],
};

pub const REPLAYS: Listing = Listing {
    from: "analytics_replay.running",
    fields: &[
        Field::text("name").as_row_name(),
        Field::enum_of::<Status>("status"),
        Field::bool("effective"),
    ],
    search: Some("search"),
    sort: &["-created_at", "name"],
    owner: OwnerColumns::NONE,
};

/// How far a replay has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ReplayStatus)]
pub enum Status {
    /// It waits, or is being made.
    Requested,
    /// It can be read.
    Completed,
    Failed,
    /// Its schemas were dropped.
    Dropped,
}

/// A replay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Replay {
    /// The schema of its views.
    pub name: Text<30>,
    pub status: Status,
    /// Why there is none, if it failed.
    pub reason: Option<FailureReason>,
    /// What is in it; all read models, if none is named.
    pub read_models: Vec<Text<100>>,
    /// It holds what was recorded, or took effect, by then.
    pub as_of: Option<DateTime<Utc>>,
    /// It contains no event after this one.
    pub at_position: Option<i64>,
    /// Whether the moment is when events took effect, and not when they were recorded.
    pub effective: bool,
    /// What began earlier is left out.
    pub since: Option<DateTime<Utc>>,
    /// The policies under which it holds what would have been, and not what was.
    pub scenario: Option<Scenario>,
    /// How many events were folded so far, while it is being made.
    pub events: u64,
    /// HMAC-SHA-256 of all its tables, by a key of the deployment: the same log, request and code have the same.
    pub digest: Option<Text<64>>,
    pub tables: Vec<TableRows>,
    /// How long it is kept.
    pub keep_until: Option<DateTime<Utc>>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Rows {
    replays: Vec<Replay>,
}

impl Fold<replay::Replay> for Rows {
    fn apply(&mut self, recorded: &Recorded<Event>) {
        match (&recorded.event, self.replays.first_mut()) {
            (Event::Requested(request), _) => self.replays = vec![requested(request)],
            (_, None) => {}
            (Event::Completed { outcome, keep_until }, Some(row)) => {
                row.complete(outcome, *keep_until);
            }
            (Event::Failed { reason }, Some(row)) => {
                (row.status, row.reason) = (Status::Failed, Some(*reason));
            }
            (Event::Dropped {}, Some(row)) => row.status = Status::Dropped,
        }
    }
}

fn requested(request: &Request) -> Replay {
    Replay {
        name: request.name.clone(),
        status: Status::Requested,
        reason: None,
        read_models: request.read_models.clone(),
        as_of: request.as_of,
        at_position: request.at_position,
        effective: request.effective,
        since: request.since,
        scenario: request.scenario.clone(),
        events: 0,
        digest: None,
        tables: vec![],
        keep_until: None,
    }
}

impl Replay {
    fn complete(&mut self, outcome: &Outcome, keep_until: DateTime<Utc>) {
        self.status = Status::Completed;
        self.as_of = Some(outcome.as_of);
        self.at_position = Some(outcome.at_position);
        self.digest = Some(outcome.digest.clone());
        self.tables.clone_from(&outcome.tables);
        self.keep_until = Some(keep_until);
    }
}

/// The replays that were to be kept until a moment before this one, the oldest first.
///
/// # Errors
/// When the database fails, or the read model was never built.
pub async fn expired_replays(db: &PgPool, moment: DateTime<Utc>) -> sqlx::Result<Vec<ReplayId>> {
    let due: Vec<Uuid> = sqlx::query_scalar(
        "select id from analytics_replay.replays where status = 'completed' and keep_until < $1
         order by keep_until",
    )
    .bind(moment)
    .fetch_all(db)
    .await?;
    Ok(due.into_iter().map(ReplayId::from).collect())
}
