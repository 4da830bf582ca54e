//! One connection: what its caller may know, in order, from where it left off.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use axum::http::HeaderMap;
use domain::identity::Scope;
use serde::Deserialize;
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::{Instant, sleep, sleep_until},
};
use utoipa::IntoParams;

use super::{
    feed::{PAGE, Page},
    seats::Seat,
    topics::{self, TOPICS, Topic},
    visible_events::Nudge,
};
use crate::{App, caller::Caller, ingress::Address, problem::Problem};

/// Who is further behind begins anew.
const FAR: i64 = 10_000;
/// How often something is heard of us, so that both sides know of a connection that is dead.
const SIGN: Duration = Duration::from_secs(15);
/// How often it is looked whether the caller still is who they were.
const LOOK: Duration = Duration::from_millis(500);
/// For how long that may remain unknown.
const PATIENCE: Duration = Duration::from_secs(5);

/// What somebody wants to know, and from where on.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Subscription {
    /// Kinds of things, or contexts, with commas between: `crm.customer,scheduling`. All that one
    /// may see, if it is left out.
    topics: Option<String>,
    /// The position of the last thing known; what happened since comes first. From now on, if it
    /// is left out.
    after: Option<i64>,
}

/// What is sent.
pub(super) enum Frame {
    Nudge(Nudge),
    /// Nothing since the last one, up to here.
    Sign(i64),
    /// Too much has happened since: what was known must be asked for again; it goes on from here.
    Reset(i64),
}

pub(super) struct Watch {
    app: App,
    caller: Caller,
    /// Nothing means all.
    topics: Option<Vec<&'static Topic>>,
    pages: Receiver<Arc<Page>>,
    position: i64,
    /// Whether there is something to read before pages can follow.
    behind: bool,
    ready: VecDeque<Frame>,
    sign: Instant,
    /// When the caller was last known to be who they are.
    known: Instant,
    _seat: Seat,
}

impl Watch {
    /// For somebody who may know something.
    pub(super) async fn new(
        app: App,
        caller: Caller,
        address: Address,
        subscription: &Subscription,
        headers: &HeaderMap,
    ) -> Result<Self, Problem> {
        if caller.is_guest() {
            return Err(Problem::unauthenticated());
        }
        let topics =
            subscription.topics.as_deref().map(|names| chosen(&caller, names)).transpose()?;
        let last = headers.get("last-event-id").and_then(|last| last.to_str().ok()?.parse().ok());
        let seat = app.live.seat(caller.id, address)?;
        let full = || Problem::unavailable("overloaded", "too many listen already");
        let pages = app.live.listen().ok_or_else(full)?;
        let head = app.live.position();
        let mut ready = VecDeque::new();
        let position = match last.or(subscription.after) {
            Some(after) if was_reached(&app, after, head).await? => after,
            // It knows another log: one that was set back since, or none at all.
            Some(_) => {
                ready.push_back(Frame::Reset(head));
                head
            }
            None => head,
        };
        let now = Instant::now();
        let (sign, known, behind) = (now + SIGN, now, position < head);
        Ok(Self { app, caller, topics, pages, position, behind, ready, sign, known, _seat: seat })
    }

    /// The next thing to be sent; nothing when it is over. Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> Option<Frame> {
        loop {
            if !self.is_believed().await {
                return None;
            }
            if let Some(told) = self.ready.pop_front() {
                self.sign = Instant::now() + SIGN;
                return Some(told);
            }
            if self.behind {
                if let Err(why) = Box::pin(self.catch_up()).await {
                    tracing::debug!("a connection cannot be told what it missed: {why}");
                    return None;
                }
                continue;
            }
            let look = self.sign.min(Instant::now() + LOOK);
            tokio::select! {
                page = self.pages.recv() => match page {
                    Ok(page) => {
                        // Dropped meanwhile, the page is missed, and read again.
                        if !self.is_believed().await {
                            return None;
                        }
                        self.take(&page);
                    }
                    Err(RecvError::Lagged(_)) => self.behind = true,
                    Err(RecvError::Closed) => return None,
                },
                () = sleep_until(look) => {
                    if Instant::now() >= self.sign {
                        self.ready.push_back(Frame::Sign(self.position));
                    }
                }
            }
        }
    }

    /// Whether the caller's credential is still good. Where something that it depends on changed,
    /// it is looked at again: they may be somebody else by now, or nobody. What cannot be found out
    /// is not held against them, for a moment.
    async fn is_believed(&mut self) -> bool {
        while !self.app.authenticator.is_current(&self.caller) {
            // Boxed, as below: it is rare, and every connection would keep the room for it.
            match Box::pin(self.app.authenticator.refreshed(&self.caller)).await {
                Ok(caller) => {
                    (self.caller, self.known) = (caller, Instant::now());
                    return true;
                }
                Err(problem) if problem.status() < 500 || self.known.elapsed() > PATIENCE => {
                    return false;
                }
                Err(_) => sleep(LOOK).await,
            }
        }
        self.known = Instant::now();
        true
    }

    fn take(&mut self, page: &Page) {
        if page.after > self.position {
            self.behind = true;
        } else if page.upto > self.position {
            let events = page.events.iter().filter(|event| event.position() > self.position);
            let visible = events
                .filter(|event| self.wants(event.topic))
                .filter(|event| event.is_visible_to(&self.caller, Scope::All));
            let frames = visible.map(|event| Frame::Nudge(event.nudge.clone()));
            self.ready.extend(frames.collect::<Vec<_>>());
            self.position = page.upto;
        }
    }

    fn wants(&self, topic: &'static Topic) -> bool {
        self.topics.as_ref().is_none_or(|topics| topics.iter().any(|one| one.name == topic.name))
    }

    /// Reads a page of what it missed.
    async fn catch_up(&mut self) -> sqlx::Result<()> {
        let head = self.app.live.position();
        if head - self.position > FAR {
            self.position = head;
            self.ready.push_back(Frame::Reset(head));
        } else if self.position < head {
            let streams = topics::streams();
            let batch =
                event_store::page(&self.app.db, &streams, self.position, head, PAGE).await?;
            let (after, upto) = (batch.after, batch.upto);
            let events = self.app.live.events.resolve(&batch.events).await?;
            self.take(&Page { after, upto, events });
        }
        self.behind = self.position < head;
        Ok(())
    }
}

/// Whether the log goes as far as a position, and it is not from another log, or made up.
/// A client may know more than this process, which has come to `head`: from the answer to a
/// command, or from another process.
async fn was_reached(app: &App, position: i64, head: i64) -> Result<bool, Problem> {
    let reached = (0..=head).contains(&position)
        || position > head && position <= event_store::head(&app.db).await?;
    Ok(reached)
}

/// The topics of these names, all of which the caller must have a right to.
fn chosen(caller: &Caller, names: &str) -> Result<Vec<&'static Topic>, Problem> {
    let mut chosen = Vec::new();
    for name in names.split(',').map(str::trim) {
        let context = format!("{name}.");
        let is_meant = |topic: &&Topic| topic.name == name || topic.name.starts_with(&context);
        let meant: Vec<_> = TOPICS.iter().filter(is_meant).collect();
        if meant.is_empty() {
            return Err(Problem::invalid("topics", format!("there is no topic {name}")));
        }
        let seen = |topic: &&'static Topic| caller.scope(topic.seen) != Scope::None;
        match (meant.iter().copied().filter(seen).collect::<Vec<_>>(), meant.first()) {
            (seen, Some(first)) if seen.is_empty() => return Err(Problem::forbidden(first.seen)),
            (seen, _) => chosen.extend(seen),
        }
    }
    Ok(chosen)
}
