//! One live connection: the events that its caller may see, in order, from a position on.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use axum::http::HeaderMap;
use domain::identity::Scope;
use serde::Deserialize;
use sqlx::PgPool;
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::{Instant, sleep, sleep_until},
};
use utoipa::IntoParams;

use super::{
    feed::{EventPage, LiveFeed, PAGE_SIZE},
    owned_events::Nudge,
    slots::ConnectionSlot,
    topics::{self, TOPICS, Topic},
};
use crate::{
    App,
    authenticator::Authenticator,
    caller::Caller,
    ingress::ClientAddress,
    problem::{Problem, ProblemCode},
};

/// A client further behind gets a reset instead of what it missed.
const MAX_LAG: i64 = 10_000;
/// How often at least something is sent, so that both sides notice a dead connection.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How often the caller's credential is checked.
const CHECK_INTERVAL: Duration = Duration::from_millis(500);
/// How long that check may keep failing.
const UNVERIFIED_LIMIT: Duration = Duration::from_secs(5);

/// What somebody wants to know, and from where on.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct SubscriptionParams {
    /// Kinds of things, or contexts, with commas between: `crm.customer,scheduling`. All that one
    /// may see, if it is left out.
    topics: Option<String>,
    /// The position of the last thing known; what happened since comes first. From now on, if it
    /// is left out.
    after: Option<i64>,
}

/// What is sent.
pub(super) enum LiveMessage {
    Nudge(Nudge),
    /// Nothing visible happened up to this position.
    Heartbeat(i64),
    /// Too much was missed: the client must query again, and continues from this position.
    Reset(i64),
}

/// There are thousands of them, so each holds little: of the application, only what it needs.
pub(super) struct LiveConnection {
    feed: Arc<LiveFeed>,
    authenticator: Arc<Authenticator>,
    db: PgPool,
    caller: Caller,
    /// `None` means all.
    topics: Option<Vec<&'static Topic>>,
    pages: Receiver<Arc<EventPage>>,
    position: i64,
    /// Whether the log must be read before pages can follow.
    behind: bool,
    ready: VecDeque<LiveMessage>,
    heartbeat: Instant,
    /// When the caller was last verified.
    verified_at: Instant,
    _slot: ConnectionSlot,
}

impl LiveConnection {
    /// Opens a connection. 401 for guests, 403 for topics without a right, 429 and 503 at limits.
    pub(super) async fn new(
        app: &App,
        caller: Caller,
        address: ClientAddress,
        subscription: &SubscriptionParams,
        headers: &HeaderMap,
    ) -> Result<Self, Problem> {
        if caller.is_guest() {
            return Err(Problem::unauthenticated());
        }
        let topics =
            subscription.topics.as_deref().map(|names| parse_topics(&caller, names)).transpose()?;
        let last = headers.get("last-event-id").and_then(|last| last.to_str().ok()?.parse().ok());
        let slot = app.live.acquire_slot(caller.id, address)?;
        let full = || Problem::unavailable(ProblemCode::Overloaded, "too many listen already");
        let pages = app.live.subscribe().ok_or_else(full)?;
        let head = app.live.position();
        let mut ready = VecDeque::new();
        let position = match last.or(subscription.after) {
            Some(after) if log_contains(app, after, head).await? => after,
            // The position is from another log, such as one before a restore, or made up.
            Some(_) => {
                ready.push_back(LiveMessage::Reset(head));
                head
            }
            None => head,
        };
        let now = Instant::now();
        let (heartbeat, verified_at, behind) = (now + HEARTBEAT, now, position < head);
        Ok(Self {
            feed: app.live.clone(),
            authenticator: app.authenticator.clone(),
            db: app.db.clone(),
            caller,
            topics,
            pages,
            position,
            behind,
            ready,
            heartbeat,
            verified_at,
            _slot: slot,
        })
    }

    /// The next frame; `None` when the connection ends. Cancel safe.
    pub(super) async fn next(&mut self) -> Option<LiveMessage> {
        loop {
            if !self.verify_caller().await {
                return None;
            }
            if let Some(frame) = self.ready.pop_front() {
                self.heartbeat = Instant::now() + HEARTBEAT;
                return Some(frame);
            }
            if self.behind {
                if let Err(why) = Box::pin(self.catch_up()).await {
                    tracing::debug!("a connection cannot be told what it missed: {why}");
                    return None;
                }
                continue;
            }
            let next_check = self.heartbeat.min(Instant::now() + CHECK_INTERVAL);
            tokio::select! {
                page = self.pages.recv() => match page {
                    Ok(page) => {
                        // If dropped here, the page is missed, and read again from the log.
                        if !self.verify_caller().await {
                            return None;
                        }
                        self.take(&page);
                    }
                    Err(RecvError::Lagged(_)) => self.behind = true,
                    Err(RecvError::Closed) => return None,
                },
                () = sleep_until(next_check) => {
                    if Instant::now() >= self.heartbeat {
                        self.ready.push_back(LiveMessage::Heartbeat(self.position));
                    }
                }
            }
        }
    }

    /// Whether the caller's credential is still valid. If something that it depends on changed, it is
    /// verified again, as the caller may have other rights by now. Outages are tolerated up to
    /// [`UNVERIFIED_LIMIT`].
    async fn verify_caller(&mut self) -> bool {
        while !self.authenticator.is_current(&self.caller) {
            // Boxed, as below: it is rare, and would enlarge the future of every connection.
            match Box::pin(self.authenticator.reverify(&self.caller)).await {
                Ok(caller) => {
                    (self.caller, self.verified_at) = (caller, Instant::now());
                    return true;
                }
                Err(problem)
                    if problem.status() < 500 || self.verified_at.elapsed() > UNVERIFIED_LIMIT =>
                {
                    return false;
                }
                Err(_) => sleep(CHECK_INTERVAL).await,
            }
        }
        self.verified_at = Instant::now();
        true
    }

    fn take(&mut self, page: &EventPage) {
        if page.after > self.position {
            self.behind = true;
        } else if page.upto > self.position {
            let events = page.events.iter().filter(|event| event.position() > self.position);
            let visible = events
                .filter(|event| self.subscribes_to(event.topic))
                .filter(|event| event.is_visible_to(&self.caller, Scope::All));
            let frames = visible.map(|event| LiveMessage::Nudge(event.nudge.clone()));
            self.ready.extend(frames.collect::<Vec<_>>());
            self.position = page.upto;
        }
    }

    fn subscribes_to(&self, topic: &'static Topic) -> bool {
        self.topics.as_ref().is_none_or(|topics| topics.iter().any(|one| one.name == topic.name))
    }

    /// Reads a page of missed events from the log.
    async fn catch_up(&mut self) -> sqlx::Result<()> {
        let head = self.feed.position();
        if head - self.position > MAX_LAG {
            self.position = head;
            self.ready.push_back(LiveMessage::Reset(head));
        } else if self.position < head {
            let streams = topics::topic_streams();
            let batch =
                event_store::read_batch(&self.db, &streams, self.position, head, PAGE_SIZE).await?;
            let (after, upto) = (batch.after, batch.upto);
            let events = self.feed.owners.resolve(&batch.events).await?;
            self.take(&EventPage { after, upto, events });
        }
        self.behind = self.position < head;
        Ok(())
    }
}

/// Whether the log contains a position. It may be beyond `head`, up to which this process has read:
/// clients get positions from commands and other processes too.
async fn log_contains(app: &App, position: i64, head: i64) -> Result<bool, Problem> {
    let reached = (0..=head).contains(&position)
        || position > head && position <= event_store::head(&app.db).await?;
    Ok(reached)
}

/// Parses the names of topics and contexts. The caller must have a right to some topic of each.
fn parse_topics(caller: &Caller, names: &str) -> Result<Vec<&'static Topic>, Problem> {
    let mut topics = Vec::new();
    for name in names.split(',').map(str::trim) {
        let context = format!("{name}.");
        let matches = |topic: &&Topic| topic.name == name || topic.name.starts_with(&context);
        let matching: Vec<_> = TOPICS.iter().filter(matches).collect();
        if matching.is_empty() {
            return Err(Problem::invalid("topics", format!("there is no topic {name}")));
        }
        let is_visible = |topic: &&'static Topic| caller.scope(topic.read_right) != Scope::None;
        match (matching.iter().copied().filter(is_visible).collect::<Vec<_>>(), matching.first()) {
            (visible, Some(first)) if visible.is_empty() => {
                return Err(Problem::forbidden(first.read_right));
            }
            (visible, _) => topics.extend(visible),
        }
    }
    Ok(topics)
}
