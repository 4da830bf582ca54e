//! Recent changes of the aggregates that credentials depend on (IAM-6).
//!
//! Every process follows the log itself, not the bus, which may be down. A verified credential stays
//! verified while nothing that it depends on has changed. While the log cannot be followed, every
//! credential is verified at each use.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::Duration,
};

use domain::{
    Decider, Id,
    identity::{
        authorization::Authorization, impersonation::Impersonation, oauth_client::OAuthClient,
        provider::Provider, service_account::ServiceAccount, session::Session, user::User,
    },
    organizations::{cabinet::Cabinet, membership::Membership},
};
use event_store::EventHeaderBatch;
use sqlx::{Connection, PgConnection, PgPool};
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

/// An aggregate: its stream and its id.
pub(crate) type Dependency = (&'static str, Uuid);

/// The tree of cabinets: changed by every event that may move one.
pub(crate) const CABINET_TREE: Dependency = (Cabinet::NAME, Uuid::nil());

/// The streams that credentials may depend on.
const FOLLOWED_STREAMS: [&str; 9] = [
    Authorization::NAME,
    Cabinet::NAME,
    Impersonation::NAME,
    Membership::NAME,
    OAuthClient::NAME,
    Provider::NAME,
    ServiceAccount::NAME,
    Session::NAME,
    User::NAME,
];
/// Events of cabinets that never move one, of which purchases cause many.
const CABINET_EVENTS_WITHOUT_MOVE: [&str; 2] = ["CabinetProvisioned", "CabinetDetailsChanged"];
/// The pause between two reads of the log.
const PAUSE: Duration = Duration::from_millis(200);
/// How long a read may take before the connection counts as dead.
const READ_TIMEOUT: Duration = Duration::from_secs(2);
/// How long verified credentials stay trusted after the last successful read.
const TRUSTED_FOR: Duration = Duration::from_secs(5);
/// How many events one read takes at most.
const BATCH: i64 = 1_000;
/// How many changes are remembered; beyond that all credentials are verified again.
const CAPACITY: usize = 100_000;

/// A moment in the log at which something was verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LogPosition {
    /// A new epoch begins when changes are forgotten, so moments of older ones are void.
    epoch: u64,
    position: i64,
}

/// The changes that this process has observed.
#[derive(Default)]
pub(crate) struct CredentialChanges(RwLock<RecentChanges>);

#[derive(Default)]
struct RecentChanges {
    epoch: u64,
    /// How far the log was followed.
    position: i64,
    /// When the log had nothing beyond that position.
    at: Option<Instant>,
    /// The position of the newest change.
    newest: i64,
    /// The position of the newest change of each.
    latest: HashMap<Dependency, i64>,
}

impl RecentChanges {
    fn is_trusted(&self) -> bool {
        self.at.is_some_and(|at| at.elapsed() < TRUSTED_FOR)
    }

    fn change(&mut self, what: Dependency, position: i64) {
        if self.latest.len() >= CAPACITY {
            self.forget();
        }
        self.newest = self.newest.max(position);
        let latest = self.latest.entry(what).or_default();
        *latest = position.max(*latest);
    }

    fn forget(&mut self) {
        (self.epoch, self.newest) = (self.epoch + 1, 0);
        self.latest.clear();
    }
}

impl CredentialChanges {
    /// The present moment; `None` while the log cannot be followed. A credential that is verified after
    /// it stays valid until something that it depends on changes.
    pub(crate) fn current_position(&self) -> Option<LogPosition> {
        let recent = self.read();
        recent
            .is_trusted()
            .then_some(LogPosition { epoch: recent.epoch, position: recent.position })
    }

    /// Whether none of these has changed since a moment, as far as was observed.
    pub(crate) fn unchanged_since(&self, on: &[Dependency], since: LogPosition) -> bool {
        let recent = self.read();
        let later = |what| recent.latest.get(what).is_some_and(|at| *at > since.position);
        recent.is_trusted()
            && recent.epoch == since.epoch
            && (recent.newest <= since.position || !on.iter().any(later))
    }

    /// Records a change by this process itself at once, at the position of its event.
    pub(crate) fn mark_changed<D: Decider>(&self, id: Id<D>, position: i64) {
        if let Some(stream) = followed_stream(D::NAME) {
            let mut recent = self.write();
            recent.change((stream, id.uuid()), position);
            if stream == CABINET_TREE.0 {
                recent.change(CABINET_TREE, position);
            }
        }
    }

    /// Records a batch of events, read at `at`. Credentials are trusted again only after a batch that
    /// reached the end of the log: events beyond it may revoke them.
    fn observe(&self, EventHeaderBatch { upto, more, events }: EventHeaderBatch, at: Instant) {
        let mut recent = self.write();
        if upto < recent.position {
            // The log is another one, restored from a backup.
            recent.forget();
        }
        for event in events {
            let Some(stream) = followed_stream(&event.stream) else { continue };
            recent.change((stream, event.id), event.position);
            if stream == CABINET_TREE.0
                && !CABINET_EVENTS_WITHOUT_MOVE.contains(&event.kind.as_str())
            {
                recent.change(CABINET_TREE, event.position);
            }
        }
        recent.position = upto;
        if !more {
            recent.at = Some(at);
        }
    }

    /// Follows the log for what credentials depend on, until it is dropped.
    pub(crate) async fn follow_log(&self, db: &PgPool) {
        loop {
            if let Err(why) = self.follow(db).await {
                metrics::counter!("servicebook_changes_follow_failures_total").increment(1);
                tracing::warn!("changes are not heard of, so everything is verified anew: {why:#}");
            }
            sleep(PAUSE).await;
        }
    }

    async fn follow(&self, db: &PgPool) -> anyhow::Result<()> {
        // A connection of its own, so that it never waits for a busy pool.
        let options = db.connect_options();
        let mut db = timeout(READ_TIMEOUT, PgConnection::connect_with(&options)).await??;
        let reached = self.read().position;
        let mut position = if reached == 0 { event_store::head(&mut db).await? } else { reached };
        loop {
            fail::fail_point!("changes.follow", |_| Err(anyhow::anyhow!("a fail point")));
            let at = Instant::now();
            let touched =
                event_store::event_headers_after(&mut db, &FOLLOWED_STREAMS, position, BATCH);
            let touched = timeout(READ_TIMEOUT, touched).await??;
            let more = touched.more;
            position = touched.upto;
            self.observe(touched, at);
            if !more {
                sleep(PAUSE).await;
            }
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, RecentChanges> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, RecentChanges> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// As if the log had just been read to its end.
    #[cfg(test)]
    pub(crate) fn assume_up_to_date(&self) {
        self.observe(EventHeaderBatch { upto: 0, more: false, events: vec![] }, Instant::now());
    }
}

fn followed_stream(stream: &str) -> Option<&'static str> {
    FOLLOWED_STREAMS.into_iter().find(|name| *name == stream)
}

#[cfg(test)]
mod tests {
    use event_store::EventHeader;

    use super::*;

    const ANNA: Dependency = (User::NAME, Uuid::from_u128(1));
    const BEA: Dependency = (User::NAME, Uuid::from_u128(2));
    const BRANCH: Dependency = (Cabinet::NAME, Uuid::from_u128(3));

    fn event((stream, id): Dependency, kind: &str, position: i64) -> EventHeader {
        EventHeader { position, stream: stream.to_owned(), id, kind: kind.to_owned() }
    }

    fn observe_batch(changes: &CredentialChanges, upto: i64, events: Vec<EventHeader>) {
        changes.observe(EventHeaderBatch { upto, more: false, events }, Instant::now());
    }

    #[test]
    fn what_was_verified_holds_until_something_of_it_changes() {
        let changes = CredentialChanges::default();
        assert_eq!(changes.current_position(), None, "nothing was heard yet");
        observe_batch(&changes, 7, vec![]);
        let then = changes.current_position().unwrap();
        assert!(changes.unchanged_since(&[ANNA, BEA], then));
        observe_batch(&changes, 9, vec![event(BEA, "UserLocked", 8)]);
        assert!(changes.unchanged_since(&[ANNA], then));
        assert!(!changes.unchanged_since(&[ANNA, BEA], then));
        assert!(changes.unchanged_since(&[ANNA, BEA], changes.current_position().unwrap()));

        let then = changes.current_position().unwrap();
        changes.mark_changed::<User>(ANNA.1.into(), 10);
        assert!(!changes.unchanged_since(&[ANNA], then), "by this process itself");
    }

    #[test]
    fn the_tree_changes_when_a_cabinet_may_have_moved() {
        let changes = CredentialChanges::default();
        observe_batch(&changes, 1, vec![]);
        let then = changes.current_position().unwrap();
        observe_batch(&changes, 2, vec![event(BRANCH, "CabinetDetailsChanged", 2)]);
        assert!(changes.unchanged_since(&[CABINET_TREE], then));
        observe_batch(&changes, 3, vec![event(BRANCH, "CabinetMoved", 3)]);
        assert!(!changes.unchanged_since(&[CABINET_TREE], then));
    }

    #[test]
    fn nothing_is_believed_by_who_hears_nothing_or_has_forgotten() {
        let changes = CredentialChanges::default();
        observe_batch(&changes, 7, vec![]);
        let then = changes.current_position().unwrap();
        observe_batch(&changes, 5, vec![]);
        assert!(!changes.unchanged_since(&[ANNA], then), "the log was set back");

        let then = changes.current_position().unwrap();
        let crowd = (0..=CAPACITY as u128).map(|n| event((User::NAME, Uuid::from_u128(n)), "X", 6));
        observe_batch(&changes, 6, crowd.collect());
        assert!(!changes.unchanged_since(&[BRANCH], then), "more changed than is remembered");
        assert!(changes.read().latest.len() <= CAPACITY);

        let then = changes.current_position().unwrap();
        let late = Instant::now().checked_sub(TRUSTED_FOR).unwrap();
        changes.observe(EventHeaderBatch { upto: 8, more: false, events: vec![] }, late);
        assert!(!changes.unchanged_since(&[ANNA], then), "the last look was too long ago");
        assert_eq!(changes.current_position(), None);
    }

    #[test]
    fn after_an_outage_nothing_is_believed_before_the_end_of_the_log_was_seen() {
        let changes = CredentialChanges::default();
        observe_batch(&changes, 7, vec![]);
        let then = changes.current_position().unwrap();
        let late = Instant::now().checked_sub(TRUSTED_FOR).unwrap();
        changes.observe(EventHeaderBatch { upto: 7, more: false, events: vec![] }, late);
        let page =
            EventHeaderBatch { upto: 8, more: true, events: vec![event(BEA, "UserLocked", 8)] };
        changes.observe(page, Instant::now());
        assert!(!changes.unchanged_since(&[ANNA], then), "what locked Anna may be behind it");
        assert_eq!(changes.current_position(), None);
        observe_batch(&changes, 9, vec![event(ANNA, "UserLocked", 9)]);
        assert!(
            !changes.unchanged_since(&[ANNA], then) && changes.unchanged_since(&[BRANCH], then)
        );
    }
}
