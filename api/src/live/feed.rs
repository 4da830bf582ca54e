//! The one task that follows the log, and broadcasts its events to the live connections.

use std::{
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use commands::Commands;
use event_store::EventBatch;
use projections::Projections;
use sqlx::PgPool;
use tokio::{sync::broadcast, time::sleep};
use uuid::Uuid;

use super::{
    owned_events::{OwnedEvent, OwnerResolver},
    slots::{ConnectionSlot, ConnectionSlots},
    topics,
};
use crate::{
    freshness::ReadModelProgress,
    ingress::{ClientAddress, RateLimits},
    problem::Problem,
};

/// How many pages a connection may lag behind before it has to read the log itself.
const CHANNEL_CAPACITY: usize = 256;
/// How many events a page has at most.
pub(super) const PAGE_SIZE: usize = 200;
/// How many connections a process holds.
const MAX_CONNECTIONS: usize = 20_000;

/// The visible events of a range of the log: after `after`, up to and including `upto`.
pub(super) struct EventPage {
    pub(super) after: i64,
    pub(super) upto: i64,
    pub(super) events: Vec<OwnedEvent>,
}

/// Follows the log once for all connections.
pub(crate) struct LiveFeed {
    pub(crate) owners: OwnerResolver,
    commands: Commands,
    projections: Projections,
    rates: Arc<RateLimits>,
    /// `None` while no task follows the log.
    pages: RwLock<Option<broadcast::Sender<Arc<EventPage>>>>,
    position: AtomicI64,
    slots: ConnectionSlots,
}

impl LiveFeed {
    pub(crate) fn new(
        db: &PgPool,
        commands: &Commands,
        projections: Projections,
        read_models: ReadModelProgress,
        rates: Arc<RateLimits>,
    ) -> Self {
        Self {
            owners: OwnerResolver::new(db.clone(), read_models),
            commands: commands.clone(),
            projections,
            rates,
            pages: RwLock::default(),
            position: AtomicI64::default(),
            slots: ConnectionSlots::default(),
        }
    }

    /// A slot for one more connection of a user; 429 if they or their address have too many.
    pub(super) fn acquire_slot(
        &self,
        user: Uuid,
        address: ClientAddress,
    ) -> Result<ConnectionSlot, Problem> {
        self.slots.acquire(&self.rates.streams, user, address)
    }

    /// Subscribes to pages; `None` if no task follows the log, or too many listen.
    pub(super) fn subscribe(&self) -> Option<broadcast::Receiver<Arc<EventPage>>> {
        let pages = self.pages.read().unwrap_or_else(PoisonError::into_inner);
        let pages = pages.as_ref().filter(|pages| pages.receiver_count() < MAX_CONNECTIONS);
        pages.map(broadcast::Sender::subscribe)
    }

    /// The position up to which the log was followed.
    pub(super) fn position(&self) -> i64 {
        self.position.load(Ordering::Acquire)
    }

    fn set(&self, pages: Option<broadcast::Sender<Arc<EventPage>>>) {
        *self.pages.write().unwrap_or_else(PoisonError::into_inner) = pages;
    }

    /// Follows the log for all listeners until `stop`; then their connections end.
    pub(crate) async fn run_until(&self, stop: impl Future<Output = ()> + Send) {
        let mut stop = std::pin::pin!(stop);
        tokio::select! {
            () = self.follow() => {}
            () = &mut stop => {}
        }
        self.set(None);
    }

    async fn follow(&self) {
        let position = loop {
            match event_store::head(self.commands.aggregates().db()).await {
                Ok(position) => break position,
                Err(why) => pause(&why).await,
            }
        };
        let (pages, _) = broadcast::channel(CHANNEL_CAPACITY);
        self.position.store(position, Ordering::Release);
        self.set(Some(pages.clone()));
        let mut feed = self.projections.feed(topics::topic_streams(), PAGE_SIZE);
        loop {
            let EventBatch { after, upto, events } = match feed.next(self.position()).await {
                Ok(batch) => batch,
                Err(why) => {
                    pause(&why).await;
                    continue;
                }
            };
            let events = match pages.receiver_count() {
                0 => Ok(vec![]),
                _ => self.owners.resolve(&events).await,
            };
            match events {
                Ok(events) => {
                    self.position.store(upto, Ordering::Release);
                    // An error means that nobody listens.
                    let _ = pages.send(Arc::new(EventPage { after, upto, events }));
                }
                Err(why) => pause(&why).await,
            }
        }
    }
}

async fn pause(why: &sqlx::Error) {
    tracing::warn!("live push waits for the database: {why}");
    sleep(Duration::from_millis(500)).await;
}
