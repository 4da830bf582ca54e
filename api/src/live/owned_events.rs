//! Events with the owners of the aggregates that they belong to, which decide who may see them.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use domain::{
    RawEvent,
    identity::{Actor, Owner, Scope},
};
use futures::future::try_join_all;
use projections::listing::owners_of_rows;
use serde::Serialize;
use sqlx::PgPool;
use utoipa::ToSchema;
use uuid::Uuid;

use super::topics::{EventVisibility, Topic};
use crate::{caller::Caller, freshness::ReadModelProgress};

/// How long a nudge waits for the read model, so that clients find what they are nudged about.
const MAX_WAIT: Duration = Duration::from_secs(2);

/// Something happened.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Nudge {
    /// The kind of thing: `crm.customer`.
    pub(super) topic: &'static str,
    pub(super) id: Uuid,
    /// What happened: `CustomerRenamed`.
    #[serde(rename = "type")]
    pub(super) kind: String,
    /// Where in the log; for `X-Min-Position`, and to go on from.
    pub(super) position: i64,
}

/// An event, and what decides who may see it.
pub(crate) struct OwnedEvent {
    pub(super) topic: &'static Topic,
    pub(super) nudge: Nudge,
    owners: Vec<Owner>,
    visibility: EventVisibility,
}

impl OwnedEvent {
    /// Whether a caller may see it, in no wider scope than `widest`.
    pub(crate) fn is_visible_to(&self, caller: &Caller, widest: Scope) -> bool {
        let actor: &Actor = caller.actor();
        let scope = caller.scope(self.topic.read_right).min(widest);
        // An event without owners is visible only in the scope of everything.
        let nobody = [Owner::default()];
        let owners = if self.owners.is_empty() { &nobody[..] } else { &self.owners };
        let row_scope = scope.row_scope(actor);
        owners.iter().any(|owner| row_scope.covers(owner)) && (self.visibility)(actor)
    }

    pub(crate) fn position(&self) -> i64 {
        self.nudge.position
    }
}

/// Finds the owners of events.
pub(crate) struct OwnerResolver {
    db: PgPool,
    read_models: ReadModelProgress,
    /// The topics whose read models did not catch up in time at the last wait.
    stalled: Mutex<HashSet<&'static str>>,
}

impl OwnerResolver {
    pub(super) fn new(db: PgPool, read_models: ReadModelProgress) -> Self {
        Self { db, read_models, stalled: Mutex::default() }
    }

    /// Resolves events once their read models contain them, or after [`MAX_WAIT`]. Events without a topic
    /// are left out.
    pub(crate) async fn resolve(&self, events: &[RawEvent]) -> sqlx::Result<Vec<OwnedEvent>> {
        let mut topics: HashMap<&'static str, TouchedTopic> = HashMap::new();
        for event in events {
            if let Some(topic) = Topic::by_name(&event.stream) {
                let touched = topics.entry(topic.name).or_insert_with(|| TouchedTopic::new(topic));
                touched.ids.push(event.id);
                touched.position = event.position;
            }
        }
        let owners = topics.into_values().map(|touched| self.owners(touched));
        let owners: HashMap<_, _> = try_join_all(owners).await?.into_iter().collect();
        let visible = events.iter().filter_map(|event| {
            let topic = Topic::by_name(&event.stream)?;
            let owners = owners.get(topic.name).and_then(|owners| owners.get(&event.id));
            let (owners, visibility) =
                (owners.cloned().unwrap_or_default(), (topic.visibility)(event));
            let (id, kind, position) = (event.id, event.kind.clone(), event.position);
            let nudge = Nudge { topic: topic.name, id, kind, position };
            Some(OwnedEvent { topic, nudge, owners, visibility })
        });
        Ok(visible.collect())
    }

    async fn owners(
        &self,
        touched: TouchedTopic,
    ) -> sqlx::Result<(&'static str, HashMap<Uuid, Vec<Owner>>)> {
        let TouchedTopic { topic, ids, position } = touched;
        // Clients query when they are nudged. A stalled read model is not waited for again, so that it
        // does not hold up the others.
        let max_wait = if self.is_stalled(topic.name) { Duration::ZERO } else { MAX_WAIT };
        let reached = self.read_models.wait_until_reached(topic.listing, position, max_wait).await;
        let in_time = reached.is_ok_and(|reached| reached >= position);
        if !in_time {
            tracing::debug!(topic = topic.name, "told of what may not be seen yet");
        }
        self.record_wait(topic.name, in_time);
        Ok((topic.name, owners_of_rows(&self.db, topic.listing, &ids).await?))
    }

    /// Whether a topic's read model did not catch up in time at the last wait.
    fn is_stalled(&self, topic: &'static str) -> bool {
        self.stalled.lock().unwrap_or_else(PoisonError::into_inner).contains(topic)
    }

    fn record_wait(&self, topic: &'static str, in_time: bool) {
        let mut stalled = self.stalled.lock().unwrap_or_else(PoisonError::into_inner);
        if in_time {
            stalled.remove(topic)
        } else {
            stalled.insert(topic)
        };
    }
}

/// The aggregates of one topic that events belong to.
struct TouchedTopic {
    topic: &'static Topic,
    ids: Vec<Uuid>,
    /// Of the last event.
    position: i64,
}

impl TouchedTopic {
    fn new(topic: &'static Topic) -> Self {
        Self { topic, ids: Vec::new(), position: 0 }
    }
}
