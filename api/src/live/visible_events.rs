//! Events, and whose the things are that they happened to: who may know of them.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use domain::{
    Raw,
    identity::{Actor, Owner, Scope},
};
use futures::future::try_join_all;
use projections::listing::owners;
use serde::Serialize;
use sqlx::PgPool;
use utoipa::ToSchema;
use uuid::Uuid;

use super::topics::{Shown, Topic};
use crate::{caller::Caller, freshness::ReadModels};

/// For how long people are not told of what their read model does not have yet.
const PATIENCE: Duration = Duration::from_secs(2);

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

/// An event, and what decides who may know of it.
pub(crate) struct VisibleEvent {
    pub(super) topic: &'static Topic,
    pub(super) nudge: Nudge,
    owners: Vec<Owner>,
    shown: Shown,
}

impl VisibleEvent {
    /// Whether a caller may know of it, no further than `widest`.
    pub(crate) fn is_visible_to(&self, caller: &Caller, widest: Scope) -> bool {
        let actor: &Actor = caller.actor();
        let scope = caller.scope(self.topic.seen).min(widest);
        // What belongs to nobody is known to those who know of everything.
        let nobody = [Owner::default()];
        let owners = if self.owners.is_empty() { &nobody[..] } else { &self.owners };
        let row_scope = scope.row_scope(actor);
        owners.iter().any(|owner| row_scope.covers(owner)) && (self.shown)(actor)
    }

    pub(crate) fn position(&self) -> i64 {
        self.nudge.position
    }
}

/// Finds out who may know of events.
pub(crate) struct VisibleEvents {
    db: PgPool,
    read_models: ReadModels,
    /// The topics whose read models were waited for in vain.
    late: Mutex<HashSet<&'static str>>,
}

impl VisibleEvents {
    pub(super) fn new(db: PgPool, read_models: ReadModels) -> Self {
        Self { db, read_models, late: Mutex::default() }
    }

    /// What is to be known of some events, once it can be touched for. Events of which nobody is
    /// told are left out.
    pub(crate) async fn resolve(&self, events: &[Raw]) -> sqlx::Result<Vec<VisibleEvent>> {
        let mut topics: HashMap<&'static str, Touched> = HashMap::new();
        for event in events {
            if let Some(topic) = Topic::named(&event.stream) {
                let touched = topics.entry(topic.name).or_insert_with(|| Touched::new(topic));
                touched.ids.push(event.id);
                touched.position = event.position;
            }
        }
        let owners = topics.into_values().map(|touched| self.owners(touched));
        let owners: HashMap<_, _> = try_join_all(owners).await?.into_iter().collect();
        let visible = events.iter().filter_map(|event| {
            let topic = Topic::named(&event.stream)?;
            let owners = owners.get(topic.name).and_then(|owners| owners.get(&event.id));
            let (owners, shown) = (owners.cloned().unwrap_or_default(), (topic.shown)(event));
            let (id, kind, position) = (event.id, event.kind.clone(), event.position);
            let nudge = Nudge { topic: topic.name, id, kind, position };
            Some(VisibleEvent { topic, nudge, owners, shown })
        });
        Ok(visible.collect())
    }

    async fn owners(
        &self,
        touched: Touched,
    ) -> sqlx::Result<(&'static str, HashMap<Uuid, Vec<Owner>>)> {
        let Touched { topic, ids, position } = touched;
        // Who is told comes to look. One read model that hangs is waited for once, and not by
        // all others again and again.
        let patience = if self.is_late(topic.name) { Duration::ZERO } else { PATIENCE };
        let reached = self.read_models.reached(topic.listing, position, patience).await;
        let in_time = reached.is_ok_and(|reached| reached >= position);
        if !in_time {
            tracing::debug!(topic = topic.name, "told of what may not be seen yet");
        }
        self.came(topic.name, in_time);
        Ok((topic.name, owners(&self.db, topic.listing, &ids).await?))
    }

    /// Whether a topic's read model was waited for in vain the last time.
    fn is_late(&self, topic: &'static str) -> bool {
        self.late.lock().unwrap_or_else(PoisonError::into_inner).contains(topic)
    }

    fn came(&self, topic: &'static str, in_time: bool) {
        let mut late = self.late.lock().unwrap_or_else(PoisonError::into_inner);
        if in_time {
            late.remove(topic)
        } else {
            late.insert(topic)
        };
    }
}

/// The things of one kind that something happened to.
struct Touched {
    topic: &'static Topic,
    ids: Vec<Uuid>,
    /// Of the last event.
    position: i64,
}

impl Touched {
    fn new(topic: &'static Topic) -> Self {
        Self { topic, ids: Vec::new(), position: 0 }
    }
}
