//! What a decision must know: states of aggregates, holders of claims.
//!
//! What is looked up for a decision is noted ([`Reads`]), and the append refuses the decision if it
//! is no longer so. Whatever is looked up elsewhere, before a command is given, may be old.

use std::{
    any::Any,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use domain::{Decider, Id, Raw, Recorded};
use moka::sync::Cache;
use sealing::KeyRing;
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    Lost,
    batch::claim_digest,
    reads::{Held, Reads},
};

/// How many folded aggregates a process keeps at hand.
const AT_HAND: u64 = 10_000;
/// For how long at most, so that what another process erased is not remembered.
const REMEMBERED: Duration = Duration::from_mins(1);

/// An aggregate folded so far, and the length of its history.
#[derive(Debug, Clone, Default)]
pub(crate) struct Loaded<D> {
    pub(crate) version: i32,
    pub(crate) state: D,
}

/// Looks things up on the write side. Cheap to clone.
#[derive(Clone)]
pub struct Lookup {
    db: PgPool,
    keys: KeyRing,
    cache: Cache<(&'static str, Uuid), Arc<dyn Any + Send + Sync>>,
    /// Where everything that is looked up is noted, for a decision.
    reads: Option<Arc<Mutex<Reads>>>,
    erasures: Arc<AtomicU64>,
}

impl Lookup {
    pub(crate) fn new(db: PgPool, keys: KeyRing) -> Self {
        let cache = Cache::builder().max_capacity(AT_HAND).time_to_live(REMEMBERED).build();
        Self { db, keys, cache, reads: None, erasures: Arc::default() }
    }

    /// The same for one decision: it notes all that is looked up by it.
    pub(crate) fn noting(&self) -> Self {
        Self { reads: Some(Arc::default()), ..self.clone() }
    }

    /// What was looked up by it.
    pub(crate) fn into_reads(self) -> Reads {
        self.reads.map(|reads| std::mem::take(&mut *lock(&reads))).unwrap_or_default()
    }

    fn note(&self, note: impl FnOnce(&mut Reads)) {
        if let Some(reads) = &self.reads {
            note(&mut lock(reads));
        }
    }

    /// The connections by which it looks.
    pub fn db(&self) -> &PgPool {
        &self.db
    }

    pub fn keys(&self) -> &KeyRing {
        &self.keys
    }

    /// The present state of an aggregate; its default if nothing ever happened to it.
    pub async fn load<D: Decider>(&self, id: Id<D>) -> Result<D, Lost> {
        let Loaded { version, state } = self.read(id).await?;
        self.note(|reads| reads.aggregate(D::NAME, id.uuid(), version));
        Ok(state)
    }

    /// What happened to an aggregate, in order.
    pub async fn history<D: Decider>(&self, id: Id<D>) -> Result<Vec<Recorded<D::Event>>, Lost> {
        let history =
            self.open::<D>(event_store::history(&self.db, D::NAME, id.uuid()).await?).await?;
        let version = history.last().map_or(0, |last| last.version);
        self.note(|reads| reads.aggregate(D::NAME, id.uuid(), version));
        Ok(history)
    }

    /// Who holds a unique claim.
    pub async fn holder(&self, what: &str, key: &str) -> Result<Option<Uuid>, Lost> {
        let holders = self.held_by(what, Held::One(key.to_owned())).await?;
        Ok(holders.first().copied())
    }

    /// Who holds a unique claim of a kind: claims that nobody else would make name a set.
    pub async fn holders(&self, what: &str) -> Result<Vec<Uuid>, Lost> {
        self.held_by(what, Held::Any).await
    }

    /// Who holds unique claims of any of these kinds.
    pub async fn holders_of(&self, whats: &[String]) -> Result<Vec<Uuid>, Lost> {
        let by_kind: Vec<(String, Vec<Uuid>)> = sqlx::query_as(
            "select what, event_store.holders(what, null, null) from unnest($1) as what",
        )
        .bind(whats)
        .fetch_all(&self.db)
        .await?;
        let mut all = Vec::new();
        for (what, holders) in by_kind {
            all.extend_from_slice(&holders);
            self.note(|reads| reads.holders(&what, Held::Any, holders));
        }
        Ok(all)
    }

    /// Who holds a claim for a time, now or later, in the order of time.
    pub async fn claimed(&self, what: &str, key: &str) -> Result<Vec<Uuid>, Lost> {
        self.held_by(what, Held::ForATime(key.to_owned())).await
    }

    async fn held_by(&self, what: &str, held: Held) -> Result<Vec<Uuid>, Lost> {
        let holders: Vec<Uuid> = sqlx::query_scalar("select event_store.holders($1, $2, $3)")
            .bind(what)
            .bind(held.digest(|key| claim_digest(self.keys.master(), what, key)))
            .bind(held.time_key())
            .fetch_one(&self.db)
            .await?;
        self.note(|reads| reads.holders(what, held, holders.clone()));
        Ok(holders)
    }

    /// From the cache if it is there. Whether it is stale shows when something is appended; who
    /// appends nothing must read it.
    pub(crate) async fn cached<D: Decider>(&self, id: Id<D>) -> Result<Loaded<D>, Lost> {
        let cached = self.cache.get(&(D::NAME, id.uuid()));
        match cached.and_then(|cached| cached.downcast_ref::<Loaded<D>>().cloned()) {
            Some(loaded) => Ok(loaded),
            None => self.read(id).await,
        }
    }

    /// From the store.
    pub(crate) async fn read<D: Decider>(&self, id: Id<D>) -> Result<Loaded<D>, Lost> {
        let history =
            self.open::<D>(event_store::history(&self.db, D::NAME, id.uuid()).await?).await?;
        let version = history.last().map_or(0, |last| last.version);
        Ok(Loaded { version, state: D::from_history(history) })
    }

    /// Keeps a state that was loaded when so many people were forgotten; if more are by now, it may
    /// still name one of them.
    pub(crate) fn remember<D: Decider>(&self, id: Id<D>, loaded: Loaded<D>, erasures: u64) {
        self.cache.insert((D::NAME, id.uuid()), Arc::new(loaded));
        if self.erasures() != erasures {
            self.forget(id);
        }
    }

    pub(crate) fn forget<D: Decider>(&self, id: Id<D>) {
        self.cache.invalidate(&(D::NAME, id.uuid()));
    }

    /// Drops all that is remembered of a person: the key, and every state, since any may name them.
    pub(crate) fn forget_subject(&self, subject: Uuid) {
        self.keys.forget(subject);
        self.erasures.fetch_add(1, Ordering::SeqCst);
        self.cache.invalidate_all();
    }

    /// How many people were forgotten so far; see [`remember`](Self::remember).
    pub(crate) fn erasures(&self) -> u64 {
        self.erasures.load(Ordering::SeqCst)
    }

    /// The aggregates of a kind in which something is sealed with a person's key, not counting the
    /// person's own.
    pub(crate) async fn sealed_in(&self, stream: &str, subject: Uuid) -> Result<Vec<Uuid>, Lost> {
        let sealed = "select id from event_store.sealed_elsewhere
             where subject = $1 and stream = $2 order by id";
        let sealed = sqlx::query_scalar(sealed).bind(subject).bind(stream);
        Ok(sealed.fetch_all(&self.db).await?)
    }

    async fn open<D: Decider>(&self, raw: Vec<Raw>) -> Result<Vec<Recorded<D::Event>>, Lost> {
        let subjects = raw.iter().flat_map(|raw| raw.meta.subjects.iter().copied());
        let keys = self.keys.reading_keys(subjects).await?;
        Ok(raw.iter().map(|raw| keys.decode::<D>(raw)).collect::<Result<_, _>>()?)
    }
}

fn lock(reads: &Mutex<Reads>) -> std::sync::MutexGuard<'_, Reads> {
    reads.lock().unwrap_or_else(PoisonError::into_inner)
}
