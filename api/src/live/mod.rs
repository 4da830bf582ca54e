//! Live push: that something happened, to those who may know, as soon as it can be asked for.
//!
//! One task follows the log ([`run`]) and finds out whose the things are; every connection
//! ([`Watch`](watch::Watch)) picks what its caller may see. What is pushed names things and says
//! nothing of them. A client who comes back says how far it got, and misses nothing.
//!
//! A connection lasts as long as the credential that it was opened with.

mod known;
mod seats;
mod socket;
mod sse;
mod topics;
mod watch;

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicI64, Ordering},
    },
};

use projections::log::Batch;
use serde::Serialize;
use tokio::sync::broadcast;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{App, routes::Routes};
pub(crate) use known::Known;
use seats::Seats;
pub(crate) use topics::{TOPICS, Topic};

/// How many pages of events a connection may be late before it has to read them again.
const PAGES: usize = 256;
/// How many events a page has at most.
const PAGE: usize = 200;
/// How many connections a process holds.
const CONNECTIONS: usize = 20_000;

/// In every version of the API.
pub(crate) fn stream() -> Routes {
    sse::routes()
}

/// Outside of the versions.
pub(crate) fn socket() -> Routes {
    socket::routes()
}

/// Something happened.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Nudge {
    /// The kind of thing: `crm.customer`.
    topic: &'static str,
    id: Uuid,
    /// What happened: `CustomerRenamed`.
    #[serde(rename = "type")]
    kind: String,
    /// Where in the log; for `X-Min-Position`, and to go on from.
    position: i64,
}

/// Some events, and how far they reach.
struct Page {
    after: i64,
    upto: i64,
    known: Vec<Known>,
}

/// Where connections hear of pages.
#[derive(Default)]
pub(crate) struct Live {
    /// Nothing while nobody follows the log.
    pages: RwLock<Option<broadcast::Sender<Arc<Page>>>>,
    position: AtomicI64,
    seats: Seats,
    /// The topics whose read models were waited for in vain.
    late: Mutex<HashSet<&'static str>>,
}

impl Live {
    fn listen(&self) -> Option<broadcast::Receiver<Arc<Page>>> {
        let pages = self.pages.read().unwrap_or_else(PoisonError::into_inner);
        let pages = pages.as_ref().filter(|pages| pages.receiver_count() < CONNECTIONS);
        pages.map(broadcast::Sender::subscribe)
    }

    /// How far the log was followed.
    fn position(&self) -> i64 {
        self.position.load(Ordering::Acquire)
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

    fn set(&self, pages: Option<broadcast::Sender<Arc<Page>>>) {
        *self.pages.write().unwrap_or_else(PoisonError::into_inner) = pages;
    }
}

/// Follows the log for those who listen, until `stop`; then they are hung up on.
pub async fn run(app: App, stop: impl Future<Output = ()> + Send) {
    let mut stop = std::pin::pin!(stop);
    tokio::select! {
        () = follow(&app) => {}
        () = &mut stop => {}
    }
    app.live.set(None);
}

async fn follow(app: &App) {
    let position = loop {
        match app.commands.lookup().store().head().await {
            Ok(position) => break position,
            Err(why) => app.breathe(&why).await,
        }
    };
    let (pages, _) = broadcast::channel(PAGES);
    app.live.position.store(position, Ordering::Release);
    app.live.set(Some(pages.clone()));
    let mut feed = app.projections.feed(topics::streams(), PAGE);
    loop {
        let Batch { after, upto, events } = match feed.next(app.live.position()).await {
            Ok(batch) => batch,
            Err(why) => {
                app.breathe(&why).await;
                continue;
            }
        };
        let known = if pages.receiver_count() == 0 { Ok(vec![]) } else { app.known(&events).await };
        match known {
            Ok(known) => {
                app.live.position.store(upto, Ordering::Release);
                // That nobody listens is no harm.
                let _ = pages.send(Arc::new(Page { after, upto, known }));
            }
            Err(why) => app.breathe(&why).await,
        }
    }
}

impl App {
    async fn breathe(&self, why: &sqlx::Error) {
        tracing::warn!("live push waits for the database: {why}");
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
}
