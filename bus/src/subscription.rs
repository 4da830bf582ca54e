//! Reads the bus: all events after a position, in order, exactly once.
//!
//! A process follows the bus once ([`Tail`]) and keeps the newest events in memory; its readers
//! ([`CatchUpSubscription`]) take from there, each at its own pace. A reader that is further behind reads
//! pages of the stream itself. The server keeps no state about readers, so nothing can expire,
//! overflow or need repair when it restarts.

use std::{
    fmt::Display,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use anyhow::Context;
use async_nats::{Subscriber, client::Request, header::NATS_SEQUENCE};
use domain::RawEvent;
use futures::{FutureExt, StreamExt};
use serde_json::json;
use thiserror::Error;
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout, timeout_at},
};
use tokio_util::task::AbortOnDropHandle;
use tracing::debug;

use crate::{
    Bus, UnreadableEvent, cloud_event,
    connect::REQUEST_TIMEOUT,
    mirror::{MIRRORED_SUBJECT, MirroredPosition},
    recent_events::{MAX_EVENTS, RecentEvents},
    streams::EVENTS,
};

/// The most events that a reader gets at once.
const MAX_BATCH: usize = 1000;
/// The largest page, in bytes.
const PAGE_BYTES: usize = 8 * 1024 * 1024;
/// Without an announcement of the relay for this long, the bus counts as behind. (There is one a
/// second.)
const SILENCE_TIMEOUT: Duration = Duration::from_secs(3);
/// The pause after an error, so that a reader does not spin.
const ERROR_PAUSE: Duration = Duration::from_millis(100);

/// Why the bus cannot serve a reader now. A reader handles all of them the same way: it reads on from
/// the log, and comes back to the bus ([`CatchUpSubscription::seek`]).
#[derive(Debug, Error)]
pub enum SubscriptionError {
    /// There was no announcement for a while, so whether there are new events is unknown: the relay
    /// does not run, or the bus is being filled again and has not come this far.
    #[error("the bus is known up to {bus:?} only, {position} has been reached")]
    Behind { position: i64, bus: Option<i64> },
    /// The stream was recreated.
    #[error("the bus was begun anew")]
    Reset,
    /// The next message is not the next event.
    #[error("on the bus {found} stands where {expected} should")]
    Gap { expected: i64, found: i64 },
    #[error(transparent)]
    Unreadable(#[from] UnreadableEvent),
    #[error("the bus cannot be reached: {0}")]
    Unreachable(String),
}

impl SubscriptionError {
    pub(crate) fn unreachable(why: impl Display) -> Self {
        Self::Unreachable(why.to_string())
    }
}

/// The last announcement of the relay, and when it came.
#[derive(Debug, Clone, Copy)]
struct Announcement {
    mirrored: MirroredPosition,
    at: Instant,
}

/// The bus as one process follows it.
#[derive(Debug, Clone)]
pub struct Tail {
    shared: Arc<Shared>,
    announced: watch::Receiver<Option<Announcement>>,
    /// Ends with the last clone.
    _follow_task: Arc<AbortOnDropHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    bus: Bus,
    recent_events: RwLock<RecentEvents>,
}

/// One reader: what happened after a position.
#[derive(Debug)]
pub struct CatchUpSubscription {
    tail: Tail,
    position: i64,
    stream: Option<MirroredPosition>,
    /// Since when the reader waits.
    waiting_since: Option<Instant>,
}

impl Bus {
    /// Follows the bus; to be called once in a process.
    pub async fn tail(&self) -> anyhow::Result<Tail> {
        let messages =
            self.client.subscribe(MIRRORED_SUBJECT).await.context("NATS does not answer")?;
        let shared = Arc::new(Shared { bus: self.clone(), recent_events: RwLock::default() });
        let (sender, announced) = watch::channel(None);
        let task = tokio::spawn(follow(Arc::clone(&shared), messages, sender));
        Ok(Tail { shared, announced, _follow_task: Arc::new(AbortOnDropHandle::new(task)) })
    }
}

impl Tail {
    /// Everything after a position, 0 for all.
    pub fn subscribe_after(&self, position: i64) -> CatchUpSubscription {
        CatchUpSubscription { tail: self.clone(), position, stream: None, waiting_since: None }
    }
}

impl CatchUpSubscription {
    /// The position of the last event that was given out.
    pub fn position(&self) -> i64 {
        self.position
    }

    /// Continues after another position.
    pub fn seek(&mut self, position: i64) {
        self.position = position;
    }

    /// The next events: as many as are ready, at least one and at most 1000; waits for the first.
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> Result<Vec<Arc<RawEvent>>, SubscriptionError> {
        let waiting_since = *self.waiting_since.get_or_insert_with(Instant::now);
        let events = self.await_events(waiting_since).await;
        self.waiting_since = None;
        events
    }

    async fn await_events(
        &mut self,
        waiting_since: Instant,
    ) -> Result<Vec<Arc<RawEvent>>, SubscriptionError> {
        loop {
            let announced = *self.tail.announced.borrow_and_update();
            let mut deadline = waiting_since + SILENCE_TIMEOUT;
            if let Some(Announcement { mirrored, at }) = announced {
                self.ensure_same_stream(mirrored)?;
                if mirrored.position > self.position {
                    return self.read_up_to(mirrored.position).await;
                }
                if mirrored.position == self.position {
                    deadline = deadline.max(at + SILENCE_TIMEOUT);
                }
            }
            let bus = announced.map(|last| last.mirrored.position);
            let behind = SubscriptionError::Behind { position: self.position, bus };
            match timeout_at(deadline, self.tail.announced.changed()).await {
                Ok(changed) => changed.map_err(SubscriptionError::unreachable)?,
                Err(_) => return Err(behind),
            }
        }
    }

    fn ensure_same_stream(&mut self, mirrored: MirroredPosition) -> Result<(), SubscriptionError> {
        match self.stream.replace(mirrored) {
            Some(previous) if previous.created != mirrored.created => Err(SubscriptionError::Reset),
            _ => Ok(()),
        }
    }

    async fn read_up_to(&mut self, mirrored: i64) -> Result<Vec<Arc<RawEvent>>, SubscriptionError> {
        let ready = usize::try_from(mirrored - self.position).unwrap_or(MAX_BATCH).min(MAX_BATCH);
        let Shared { bus, recent_events } = &*self.tail.shared;
        let recent = recent_events
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .after(self.position, ready);
        let events = if let Some(events) = recent {
            Ok(events)
        } else {
            let page = bus.read_events(self.position, ready).await;
            page.map(|events| events.into_iter().map(Arc::new).collect())
        };
        let error = match events {
            Ok(events) => match events.last() {
                Some(last) => {
                    self.position = last.position;
                    return Ok(events);
                }
                None => SubscriptionError::Behind { position: self.position, bus: None },
            },
            Err(error) => error,
        };
        sleep(ERROR_PAUSE).await;
        Err(error)
    }
}

/// Follows the announcements of the relay, and fetches new events before readers learn of them.
async fn follow(
    shared: Arc<Shared>,
    mut messages: Subscriber,
    sender: watch::Sender<Option<Announcement>>,
) {
    while let Some(mut message) = messages.next().await {
        while let Some(Some(newer)) = messages.next().now_or_never() {
            message = newer;
        }
        let Ok(mirrored) = serde_json::from_slice::<MirroredPosition>(&message.payload) else {
            continue;
        };
        let previous = sender.borrow().map(|last| last.mirrored);
        if previous.is_some_and(|previous| previous.created != mirrored.created) {
            shared.reset(RecentEvents::default());
        }
        if let Some(previous) = previous
            && let Err(error) = shared.fetch(previous.position, mirrored.position).await
        {
            // Readers then read the bus themselves, and report errors.
            debug!("the newest events are not held in memory: {error}");
        }
        sender.send_replace(Some(Announcement { mirrored, at: Instant::now() }));
    }
}

impl Shared {
    /// Adds the events between two positions to those in memory. On an error some may be missing.
    async fn fetch(&self, from: i64, to: i64) -> Result<(), SubscriptionError> {
        let capacity = i64::try_from(MAX_EVENTS).unwrap_or(i64::MAX);
        let mut position = from.max(to - capacity);
        while position < to {
            let ready = usize::try_from(to - position).unwrap_or(MAX_BATCH).min(MAX_BATCH);
            let events = self.bus.read_events(position, ready).await?;
            let Some(last) = events.last() else { break };
            position = last.position;
            self.recent_events.write().unwrap_or_else(PoisonError::into_inner).push(events);
        }
        Ok(())
    }

    fn reset(&self, recent_events: RecentEvents) {
        *self.recent_events.write().unwrap_or_else(PoisonError::into_inner) = recent_events;
    }
}

impl Bus {
    /// The events after a position that are on the bus, at most `limit`, in order and without gaps.
    ///
    /// One request with many answers; the server keeps nothing about the reader.
    pub(crate) async fn read_events(
        &self,
        after: i64,
        limit: usize,
    ) -> Result<Vec<RawEvent>, SubscriptionError> {
        let inbox = self.client.new_inbox();
        let mut answers =
            self.client.subscribe(inbox.clone()).await.map_err(SubscriptionError::unreachable)?;
        let page = json!({ "seq": after + 1, "batch": limit, "max_bytes": PAGE_BYTES });
        let request = Request::new().inbox(inbox).payload(page.to_string().into());
        let subject = format!("DIRECT.GET.{EVENTS}");
        self.jetstream
            .send_request(subject, request)
            .await
            .map_err(SubscriptionError::unreachable)?;

        let mut events = Vec::new();
        loop {
            let answer = timeout(REQUEST_TIMEOUT, answers.next())
                .await
                .map_err(SubscriptionError::unreachable)?
                .ok_or_else(|| SubscriptionError::Unreachable("the connection ended".into()))?;
            match answer.status.map(|status| status.as_u16()) {
                None => {}
                // The end of the page, or nothing there at all.
                Some(204 | 404) => return Ok(events),
                Some(status) => {
                    return Err(SubscriptionError::Unreachable(format!("it answers {status}")));
                }
            }
            let event = cloud_event::from_cloud_event(&answer.payload)?;
            let expected = after + 1 + i64::try_from(events.len()).unwrap_or(i64::MAX);
            let sequence = answer
                .headers
                .as_ref()
                .and_then(|headers| headers.get(NATS_SEQUENCE))
                .and_then(|sequence| sequence.as_str().parse().ok())
                .unwrap_or(event.position);
            for found in [sequence, event.position] {
                if found != expected {
                    return Err(SubscriptionError::Gap { expected, found });
                }
            }
            events.push(event);
        }
    }
}
