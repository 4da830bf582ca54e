//! Events, and whose the things are that they happened to.

use std::{collections::HashMap, time::Duration};

use domain::{
    Raw,
    identity::{Actor, Owner, Scope},
};
use futures::future::try_join_all;
use projections::listing::owners;
use uuid::Uuid;

use super::{
    Nudge,
    topics::{Shown, Topic},
};
use crate::{App, caller::Caller};

/// For how long people are not told of what their read model does not have yet.
const PATIENCE: Duration = Duration::from_secs(2);

/// An event, and what decides who may know of it.
pub(crate) struct Known {
    pub(super) topic: &'static Topic,
    pub(super) nudge: Nudge,
    owners: Vec<Owner>,
    shown: Shown,
}

impl Known {
    /// Whether a caller may know of it, no further than `widest`.
    pub(crate) fn may_be_known_to(&self, caller: &Caller, widest: Scope) -> bool {
        let actor: &Actor = caller.actor();
        let scope = caller.scope(self.topic.seen).min(widest);
        // What belongs to nobody is known to those who know of everything.
        let nobody = [Owner::default()];
        let owners = if self.owners.is_empty() { &nobody[..] } else { &self.owners };
        let sight = scope.sight(actor);
        owners.iter().any(|owner| sight.covers(owner)) && (self.shown)(actor)
    }

    pub(crate) fn position(&self) -> i64 {
        self.nudge.position
    }
}

impl App {
    /// What is to be known of some events, once it can be asked for. Events of which nobody is
    /// told are left out.
    pub(crate) async fn known(&self, events: &[Raw]) -> sqlx::Result<Vec<Known>> {
        let mut topics: HashMap<&'static str, Asked> = HashMap::new();
        for event in events {
            if let Some(topic) = Topic::named(&event.stream) {
                let asked = topics.entry(topic.name).or_insert_with(|| Asked::new(topic));
                asked.ids.push(event.id);
                asked.position = event.position;
            }
        }
        let owners = topics.into_values().map(|asked| self.owners(asked));
        let owners: HashMap<_, _> = try_join_all(owners).await?.into_iter().collect();
        let known = events.iter().filter_map(|event| {
            let topic = Topic::named(&event.stream)?;
            let owners = owners.get(topic.name).and_then(|owners| owners.get(&event.id));
            let (owners, shown) = (owners.cloned().unwrap_or_default(), (topic.shown)(event));
            let (id, kind, position) = (event.id, event.kind.clone(), event.position);
            let nudge = Nudge { topic: topic.name, id, kind, position };
            Some(Known { topic, nudge, owners, shown })
        });
        Ok(known.collect())
    }

    async fn owners(
        &self,
        asked: Asked,
    ) -> sqlx::Result<(&'static str, HashMap<Uuid, Vec<Owner>>)> {
        let Asked { topic, ids, position } = asked;
        // Who is told comes to look. One read model that hangs is waited for once, and not by
        // all others again and again.
        let patience = if self.live.is_late(topic.name) { Duration::ZERO } else { PATIENCE };
        let reached = self.reached(topic.listing, position, patience).await;
        let in_time = reached.is_ok_and(|reached| reached >= position);
        if !in_time {
            tracing::debug!(topic = topic.name, "told of what may not be seen yet");
        }
        self.live.came(topic.name, in_time);
        Ok((topic.name, owners(&self.db, topic.listing, &ids).await?))
    }
}

/// The things of one kind that something happened to.
struct Asked {
    topic: &'static Topic,
    ids: Vec<Uuid>,
    /// Of the last event.
    position: i64,
}

impl Asked {
    fn new(topic: &'static Topic) -> Self {
        Self { topic, ids: Vec::new(), position: 0 }
    }
}
