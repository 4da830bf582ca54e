//! Who is believed no more, although his token has not expired (IAM-6).
//!
//! Every process follows the log for what ends sessions, and remembers it for as long as an access
//! token may live. Where it cannot, a token is refused when it expires.

use std::time::Duration;

use domain::{
    Decider, Raw,
    identity::{
        session::{self, Session, SessionId},
        user::{User, UserId},
    },
};
use moka::sync::Cache;
use projections::Feed;
use tokio::time::sleep;
use uuid::Uuid;

use crate::{
    App,
    tokens::{Claims, LIFETIME},
};

/// For how long a revocation is remembered: longer than any token that it concerns is good.
const REMEMBERED: Duration = Duration::from_secs(LIFETIME + 60);
/// How many events come at once at most.
const BATCH: usize = 1_000;
/// The pause after the log could not be read.
const PAUSE: Duration = Duration::from_secs(1);

/// The sessions that ended of late.
pub(crate) struct Revocations {
    sessions: Cache<Uuid, ()>,
    /// For a user, the version that his sessions must have begun with at least.
    users: Cache<Uuid, i32>,
}

impl Default for Revocations {
    fn default() -> Self {
        let sessions = Cache::builder().time_to_live(REMEMBERED).build();
        let users = Cache::builder().time_to_live(REMEMBERED).build();
        Self { sessions, users }
    }
}

impl Revocations {
    /// Whether what a token says is true no more.
    pub(crate) fn cover(&self, claims: &Claims) -> bool {
        self.sessions.contains_key(&claims.sid)
            || self.users.get(&claims.sub).is_some_and(|since| claims.uver < since)
    }

    /// What this process ends itself it need not wait for.
    pub(crate) fn revoke(&self, session: SessionId) {
        self.sessions.insert(session.uuid(), ());
    }

    /// As [`revoke`](Self::revoke), all sessions of a user that began before this version of his.
    pub(crate) fn revoke_before(&self, user: UserId, version: i32) {
        self.users.insert(user.uuid(), version);
    }
}

/// Follows the log for what ends sessions, until it is dropped.
pub async fn watch(app: App) {
    loop {
        if let Err(why) = follow(&app).await {
            tracing::warn!("revocations are not heard of; trying again: {why:#}");
        }
        sleep(PAUSE).await;
    }
}

async fn follow(app: &App) -> anyhow::Result<()> {
    let mut position = begin(app).await?;
    let streams = vec![Session::NAME.to_owned(), User::NAME.to_owned()];
    let mut feed: Feed = app.projections.feed(streams, BATCH);
    loop {
        let batch = feed.next(position).await?;
        for raw in &batch.events {
            learn(app, raw).await?;
        }
        position = batch.upto;
    }
}

/// The position after which something may have happened that tokens of now must not know of.
async fn begin(app: &App) -> sqlx::Result<i64> {
    let older = "select coalesce((
             select position from event_store.events
             where recorded_at < clock_timestamp() - make_interval(secs => $1)
             order by position desc limit 1), 0)";
    sqlx::query_scalar(older).bind(REMEMBERED.as_secs_f64()).fetch_one(&app.db).await
}

async fn learn(app: &App, raw: &Raw) -> anyhow::Result<()> {
    let keys = app.commands.lookup().keys().opener(raw.meta.subjects.iter().copied()).await?;
    if raw.stream == User::NAME {
        if keys.decode::<User>(raw)?.event.ends_sessions() {
            app.revocations.revoke_before(raw.id.into(), raw.version);
        }
        return Ok(());
    }
    match keys.decode::<Session>(raw)?.event {
        session::Event::Revoked {} | session::Event::ReuseDetected { .. } => {
            app.revocations.revoke(raw.id.into());
        }
        session::Event::Started { .. } | session::Event::LoginFailed { .. } => {}
    }
    Ok(())
}
