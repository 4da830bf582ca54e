//! Reads what a decision needs: states of aggregates, and holders of claims.
//!
//! Reads for a decision are recorded ([`ReadSet`]), and the append fails if any of them has changed.
//! Other reads may be outdated by the time a command is executed.

use std::{
    any::Any,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use domain::{Decider, Id, RawEvent, Recorded};
use moka::sync::Cache;
use sealing::KeyRing;
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    ReadError,
    batch::claim_digest,
    read_set::{ClaimSelector, ReadSet},
};

/// How many states of aggregates a process caches.
const CACHE_CAPACITY: u64 = 10_000;
/// How long they are cached at most, so that data that another process erased is dropped.
const CACHE_TTL: Duration = Duration::from_mins(1);

/// The state of an aggregate, and the length of its history.
#[derive(Debug, Clone, Default)]
pub(crate) struct LoadedAggregate<D> {
    pub(crate) version: i32,
    pub(crate) state: D,
}

/// Reads states and claims. Cheap to clone.
#[derive(Clone)]
pub struct AggregateReader {
    db: PgPool,
    keys: KeyRing,
    cache: Cache<(&'static str, Uuid), Arc<dyn Any + Send + Sync>>,
    /// Where reads for a decision are recorded.
    reads: Option<Arc<Mutex<ReadSet>>>,
    erasures: Arc<AtomicU64>,
}

impl AggregateReader {
    pub(crate) fn new(db: PgPool, keys: KeyRing) -> Self {
        let cache = Cache::builder().max_capacity(CACHE_CAPACITY).time_to_live(CACHE_TTL).build();
        Self { db, keys, cache, reads: None, erasures: Arc::default() }
    }

    /// A copy for one decision, which records all reads.
    pub(crate) fn recording_copy(&self) -> Self {
        Self { reads: Some(Arc::default()), ..self.clone() }
    }

    /// The recorded reads.
    pub(crate) fn into_read_set(self) -> ReadSet {
        self.reads.map(|reads| std::mem::take(&mut *lock(&reads))).unwrap_or_default()
    }

    fn record(&self, record: impl FnOnce(&mut ReadSet)) {
        if let Some(reads) = &self.reads {
            record(&mut lock(reads));
        }
    }

    /// The pool that it reads from.
    pub fn db(&self) -> &PgPool {
        &self.db
    }

    pub fn keys(&self) -> &KeyRing {
        &self.keys
    }

    /// The present state of an aggregate; the default if it has no events.
    pub async fn load<D: Decider>(&self, id: Id<D>) -> Result<D, ReadError> {
        let LoadedAggregate { version, state } = self.load_stored(id).await?;
        self.record(|reads| reads.record_aggregate(D::NAME, id.uuid(), version));
        Ok(state)
    }

    /// The events of an aggregate, in order.
    pub async fn history<D: Decider>(
        &self,
        id: Id<D>,
    ) -> Result<Vec<Recorded<D::Event>>, ReadError> {
        let history =
            self.decode::<D>(event_store::history(&self.db, D::NAME, id.uuid()).await?).await?;
        let version = history.last().map_or(0, |last| last.version);
        self.record(|reads| reads.record_aggregate(D::NAME, id.uuid(), version));
        Ok(history)
    }

    /// The holder of a unique claim.
    pub async fn claim_holder(&self, kind: &str, key: &str) -> Result<Option<Uuid>, ReadError> {
        let holders = self.held_by(kind, ClaimSelector::Key(key.to_owned())).await?;
        Ok(holders.first().copied())
    }

    /// The holders of all unique claims of a kind. (Such claims can represent a set.)
    pub async fn claim_holders(&self, kind: &str) -> Result<Vec<Uuid>, ReadError> {
        self.held_by(kind, ClaimSelector::Any).await
    }

    /// The holders of all unique claims of any of these kinds.
    pub async fn claim_holders_of_kinds(&self, kinds: &[String]) -> Result<Vec<Uuid>, ReadError> {
        let by_kind: Vec<(String, Vec<Uuid>)> = sqlx::query_as(
            "select what, event_store.holders(what, null, null) from unnest($1) as what",
        )
        .bind(kinds)
        .fetch_all(&self.db)
        .await?;
        let mut all = Vec::new();
        for (kind, holders) in by_kind {
            all.extend_from_slice(&holders);
            self.record(|reads| reads.record_claim_holders(&kind, ClaimSelector::Any, holders));
        }
        Ok(all)
    }

    /// The holders of claims for a time, from now on, in the order of time.
    pub async fn upcoming_time_claim_holders(
        &self,
        kind: &str,
        key: &str,
    ) -> Result<Vec<Uuid>, ReadError> {
        self.held_by(kind, ClaimSelector::TimeKey(key.to_owned())).await
    }

    async fn held_by(&self, kind: &str, selector: ClaimSelector) -> Result<Vec<Uuid>, ReadError> {
        let holders: Vec<Uuid> = sqlx::query_scalar("select event_store.holders($1, $2, $3)")
            .bind(kind)
            .bind(selector.key_digest(|key| claim_digest(self.keys.master(), kind, key)))
            .bind(selector.time_key())
            .fetch_one(&self.db)
            .await?;
        self.record(|reads| reads.record_claim_holders(kind, selector, holders.clone()));
        Ok(holders)
    }

    /// The state in this version or a later one, from the cache if it has that.
    pub(crate) async fn load_at_least<D: Decider>(
        &self,
        id: Id<D>,
        version: i32,
    ) -> Result<D, ReadError> {
        let erasures = self.erasure_count();
        if let Some(cached) = self.in_cache::<D>(id).filter(|cached| cached.version >= version) {
            return Ok(cached.state);
        }
        let loaded = self.load_stored(id).await?;
        self.cache(id, loaded.clone(), erasures);
        Ok(loaded.state)
    }

    /// The state from the cache, or else from the store. An append fails if it is stale; a command that
    /// appends nothing must read it from the store.
    pub(crate) async fn load_cached<D: Decider>(
        &self,
        id: Id<D>,
    ) -> Result<LoadedAggregate<D>, ReadError> {
        match self.in_cache(id) {
            Some(loaded) => Ok(loaded),
            None => self.load_stored(id).await,
        }
    }

    fn in_cache<D: Decider>(&self, id: Id<D>) -> Option<LoadedAggregate<D>> {
        self.cache.get(&(D::NAME, id.uuid()))?.downcast_ref().cloned()
    }

    /// The state from the store.
    pub(crate) async fn load_stored<D: Decider>(
        &self,
        id: Id<D>,
    ) -> Result<LoadedAggregate<D>, ReadError> {
        let history =
            self.decode::<D>(event_store::history(&self.db, D::NAME, id.uuid()).await?).await?;
        let version = history.last().map_or(0, |last| last.version);
        Ok(LoadedAggregate { version, state: D::from_history(history) })
    }

    /// Caches a state. `erasures` is the number of erasures when it was loaded: after further ones it may
    /// still hold data of an erased person, and is dropped.
    pub(crate) fn cache<D: Decider>(&self, id: Id<D>, loaded: LoadedAggregate<D>, erasures: u64) {
        self.cache.insert((D::NAME, id.uuid()), Arc::new(loaded));
        if self.erasure_count() != erasures {
            self.evict(id);
        }
    }

    pub(crate) fn evict<D: Decider>(&self, id: Id<D>) {
        self.cache.invalidate(&(D::NAME, id.uuid()));
    }

    /// Drops the key of a person, and all cached states, since any may hold their data.
    pub(crate) fn evict_subject(&self, subject: Uuid) {
        self.keys.mark_destroyed(subject);
        self.erasures.fetch_add(1, Ordering::SeqCst);
        self.cache.invalidate_all();
    }

    /// How many erasures there were so far; see [`cache`](Self::cache).
    pub(crate) fn erasure_count(&self) -> u64 {
        self.erasures.load(Ordering::SeqCst)
    }

    /// The ids of the aggregates of a stream with data that is sealed with a person's key, without the person's
    /// own.
    pub async fn ids_in_stream_sealed_for(
        &self,
        stream: &str,
        subject: Uuid,
    ) -> Result<Vec<Uuid>, ReadError> {
        let sealed = "select id from event_store.sealed_elsewhere
             where subject = $1 and stream = $2 order by id";
        let sealed = sqlx::query_scalar(sealed).bind(subject).bind(stream);
        Ok(sealed.fetch_all(&self.db).await?)
    }

    async fn decode<D: Decider>(
        &self,
        raw: Vec<RawEvent>,
    ) -> Result<Vec<Recorded<D::Event>>, ReadError> {
        let subjects = raw.iter().flat_map(|raw| raw.meta.subjects.iter().copied());
        let keys = self.keys.keys_for_reading(subjects).await?;
        Ok(raw.iter().map(|raw| keys.open_event::<D>(raw)).collect::<Result<_, _>>()?)
    }
}

fn lock(reads: &Mutex<ReadSet>) -> std::sync::MutexGuard<'_, ReadSet> {
    reads.lock().unwrap_or_else(PoisonError::into_inner)
}
