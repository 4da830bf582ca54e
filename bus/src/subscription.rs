//! Following the bus: everything after a position, in order, exactly once.
//!
//! A process follows the bus once ([`Tail`]) and keeps the newest events in memory; its readers
//! ([`Subscription`]) take from there, each at its own pace. One that is further behind reads
//! pages of the stream by itself. The server knows nothing of any of them, so there is nothing
//! that could expire, overflow or need repair when it restarts.

use std::{
    fmt::Display,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use anyhow::Context;
use async_nats::Subscriber;
use domain::Raw;
use futures::{FutureExt, StreamExt};
use thiserror::Error;
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout_at},
};
use tokio_util::task::AbortOnDropHandle;
use tracing::debug;

use crate::{
    Bus, Unreadable,
    mirror::{MIRRORED, Mirrored},
    window::{EVENTS, Window},
};

/// At most so many events come at once.
const BATCH: usize = 1000;

/// Without a sign from the relay for so long, the bus counts as behind. (It gives one a second.)
const SILENCE: Duration = Duration::from_secs(3);

/// A reader whom the bus fails is held back so long, that it cannot spin.
const BREATH: Duration = Duration::from_millis(100);

/// Why the bus cannot serve a reader now. For the reader they are all the same: it looks where it
/// really is, goes on with the log, and comes back ([`Subscription::seek`]).
#[derive(Debug, Error)]
pub enum Lapse {
    /// Nothing new has been heard for a while, and whether there is any is unknown: the relay
    /// rests, or the bus is being filled again and has not come this far.
    #[error("the bus is known up to {bus:?} only, {position} has been reached")]
    Behind { position: i64, bus: Option<i64> },
    /// The stream is another one than before.
    #[error("the bus was begun anew")]
    Reset,
    /// What should follow is not what follows.
    #[error("on the bus {found} stands where {expected} should")]
    Gap { expected: i64, found: i64 },
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error("the bus cannot be reached: {0}")]
    Unreachable(String),
}

impl Lapse {
    pub(crate) fn unreachable(why: impl Display) -> Self {
        Self::Unreachable(why.to_string())
    }
}

/// What the relay said last, and when it was heard.
#[derive(Debug, Clone, Copy)]
struct Heard {
    reach: Mirrored,
    at: Instant,
}

/// The bus as one process follows it.
#[derive(Debug, Clone)]
pub struct Tail {
    shared: Arc<Shared>,
    heard: watch::Receiver<Option<Heard>>,
    /// Ends with the last one who follows.
    _following: Arc<AbortOnDropHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    bus: Bus,
    window: RwLock<Window>,
}

/// One reader: what happened after a position.
#[derive(Debug)]
pub struct Subscription {
    tail: Tail,
    position: i64,
    stream: Option<Mirrored>,
    /// Since when it waits.
    asked: Option<Instant>,
}

impl Bus {
    /// Follows the bus; to be done once in a process.
    pub async fn tail(&self) -> anyhow::Result<Tail> {
        let said = self.client.subscribe(MIRRORED).await.context("NATS does not answer")?;
        let shared = Arc::new(Shared { bus: self.clone(), window: RwLock::default() });
        let (tell, heard) = watch::channel(None);
        let task = tokio::spawn(follow(Arc::clone(&shared), said, tell));
        Ok(Tail { shared, heard, _following: Arc::new(AbortOnDropHandle::new(task)) })
    }
}

impl Tail {
    /// Everything after a position, 0 for all.
    pub fn after(&self, position: i64) -> Subscription {
        Subscription { tail: self.clone(), position, stream: None, asked: None }
    }
}

impl Subscription {
    /// The position of the last event that was given out.
    pub fn position(&self) -> i64 {
        self.position
    }

    /// Goes on after another position.
    pub fn seek(&mut self, position: i64) {
        self.position = position;
    }

    /// The events that follow, as many as are ready, at least one and at most 1000; waits for the
    /// first. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Result<Vec<Arc<Raw>>, Lapse> {
        let asked = *self.asked.get_or_insert_with(Instant::now);
        let events = self.await_events(asked).await;
        self.asked = None;
        events
    }

    async fn await_events(&mut self, asked: Instant) -> Result<Vec<Arc<Raw>>, Lapse> {
        loop {
            let heard = *self.tail.heard.borrow_and_update();
            let mut patience = asked + SILENCE;
            if let Some(Heard { reach, at }) = heard {
                self.recognize(reach)?;
                if reach.position > self.position {
                    return self.take(reach.position).await;
                }
                if reach.position == self.position {
                    patience = patience.max(at + SILENCE);
                }
            }
            let bus = heard.map(|heard| heard.reach.position);
            let behind = Lapse::Behind { position: self.position, bus };
            match timeout_at(patience, self.tail.heard.changed()).await {
                Ok(changed) => changed.map_err(Lapse::unreachable)?,
                Err(_) => return Err(behind),
            }
        }
    }

    fn recognize(&mut self, reach: Mirrored) -> Result<(), Lapse> {
        match self.stream.replace(reach) {
            Some(before) if before.born != reach.born => Err(Lapse::Reset),
            _ => Ok(()),
        }
    }

    async fn take(&mut self, reach: i64) -> Result<Vec<Arc<Raw>>, Lapse> {
        let ready = usize::try_from(reach - self.position).unwrap_or(BATCH).min(BATCH);
        let Shared { bus, window } = &*self.tail.shared;
        let near =
            window.read().unwrap_or_else(PoisonError::into_inner).after(self.position, ready);
        let events = if let Some(events) = near {
            Ok(events)
        } else {
            let read = bus.read(self.position, ready).await;
            read.map(|events| events.into_iter().map(Arc::new).collect())
        };
        let lapse = match events {
            Ok(events) => match events.last() {
                Some(last) => {
                    self.position = last.position;
                    return Ok(events);
                }
                None => Lapse::Behind { position: self.position, bus: None },
            },
            Err(lapse) => lapse,
        };
        sleep(BREATH).await;
        Err(lapse)
    }
}

/// Listens to the relay and fetches what is new before anybody is told of it.
async fn follow(shared: Arc<Shared>, mut said: Subscriber, tell: watch::Sender<Option<Heard>>) {
    while let Some(mut message) = said.next().await {
        while let Some(Some(newer)) = said.next().now_or_never() {
            message = newer;
        }
        let Ok(reach) = serde_json::from_slice::<Mirrored>(&message.payload) else { continue };
        let before = tell.borrow().map(|heard| heard.reach);
        if before.is_some_and(|before| before.born != reach.born) {
            shared.replace(Window::default());
        }
        if let Some(before) = before
            && let Err(lapse) = shared.fetch(before.position, reach.position).await
        {
            // Readers then fetch for themselves, and say so if they cannot.
            debug!("the newest events are not held in memory: {lapse}");
        }
        tell.send_replace(Some(Heard { reach, at: Instant::now() }));
    }
}

impl Shared {
    /// Brings the window from one position to another, or leaves it as it is.
    async fn fetch(&self, from: i64, to: i64) -> Result<(), Lapse> {
        let most = i64::try_from(EVENTS).unwrap_or(i64::MAX);
        let mut position = from.max(to - most);
        while position < to {
            let ready = usize::try_from(to - position).unwrap_or(BATCH).min(BATCH);
            let events = self.bus.read(position, ready).await?;
            let Some(last) = events.last() else { break };
            position = last.position;
            self.window.write().unwrap_or_else(PoisonError::into_inner).push(events);
        }
        Ok(())
    }

    fn replace(&self, window: Window) {
        *self.window.write().unwrap_or_else(PoisonError::into_inner) = window;
    }
}
