//! What a decision must know: states of aggregates, holders of claims.

use std::{any::Any, sync::Arc, time::Duration};

use domain::{Decider, Id, Raw, Recorded};
use moka::sync::Cache;
use sealing::KeyRing;
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::{Lost, Store, batch::claim_digest};

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
    store: Store,
    keys: KeyRing,
    cache: Cache<(&'static str, Uuid), Arc<dyn Any + Send + Sync>>,
    turns: Arc<Mutex<()>>,
}

impl Lookup {
    pub(crate) fn new(store: Store, keys: KeyRing) -> Self {
        let cache = Cache::builder().max_capacity(AT_HAND).time_to_live(REMEMBERED).build();
        Self { store, keys, cache, turns: Arc::default() }
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    pub fn keys(&self) -> &KeyRing {
        &self.keys
    }

    pub(crate) fn turns(&self) -> Arc<Mutex<()>> {
        Arc::clone(&self.turns)
    }

    /// The present state of an aggregate; its default if nothing ever happened to it.
    ///
    /// It may lag behind other processes: a decision that depends on more than that takes a claim.
    pub async fn load<D: Decider>(&self, id: Id<D>) -> Result<D, Lost> {
        Ok(self.read(id).await?.state)
    }

    /// What happened to an aggregate, in order.
    pub async fn history<D: Decider>(&self, id: Id<D>) -> Result<Vec<Recorded<D::Event>>, Lost> {
        self.open::<D>(self.store.history(D::NAME, id.uuid()).await?).await
    }

    /// Who holds a unique claim.
    pub async fn holder(&self, what: &str, key: &str) -> Result<Option<Uuid>, Lost> {
        let digest = claim_digest(self.keys.master(), what, key);
        let holder = "select id from event_store.claims where what = $1 and digest = $2";
        let holder = sqlx::query_scalar(holder).bind(what).bind(digest);
        Ok(holder.fetch_optional(self.store.db()).await?)
    }

    /// Who holds a unique claim of a kind: claims that nobody else would make name a set.
    pub async fn holders(&self, what: &str) -> Result<Vec<Uuid>, Lost> {
        let holders = "select id from event_store.claims where what = $1 order by id";
        Ok(sqlx::query_scalar(holders).bind(what).fetch_all(self.store.db()).await?)
    }

    /// Who holds unique claims of any of these kinds.
    pub async fn holders_of(&self, whats: &[String]) -> Result<Vec<Uuid>, Lost> {
        let holders = "select id from event_store.claims where what = any($1) order by id";
        Ok(sqlx::query_scalar(holders).bind(whats).fetch_all(self.store.db()).await?)
    }

    /// Who holds a claim for a time, now or later, in the order of time.
    pub async fn claimed(&self, what: &str, key: &str) -> Result<Vec<Uuid>, Lost> {
        let holders = "select id from event_store.time_claims
             where what = $1 and key = $2 group by id order by min(lower(during)), id";
        let holders = sqlx::query_scalar(holders).bind(what).bind(key);
        Ok(holders.fetch_all(self.store.db()).await?)
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
        let mut loaded: Loaded<D> = Loaded::default();
        for Recorded { version, event, .. } in self.history(id).await? {
            loaded = Loaded { version, state: loaded.state.evolve(event) };
        }
        Ok(loaded)
    }

    pub(crate) fn remember<D: Decider>(&self, id: Id<D>, loaded: Loaded<D>) {
        self.cache.insert((D::NAME, id.uuid()), Arc::new(loaded));
    }

    pub(crate) fn forget<D: Decider>(&self, id: Id<D>) {
        self.cache.invalidate(&(D::NAME, id.uuid()));
    }

    /// Drops all that is remembered of a person: the key, and every state, since any may name him.
    pub(crate) fn forget_subject(&self, subject: Uuid) {
        self.keys.forget(subject);
        self.cache.invalidate_all();
    }

    async fn open<D: Decider>(&self, raw: Vec<Raw>) -> Result<Vec<Recorded<D::Event>>, Lost> {
        let subjects = raw.iter().flat_map(|raw| raw.meta.subjects.iter().copied());
        let keys = self.keys.opener(subjects).await?;
        Ok(raw.iter().map(|raw| keys.decode::<D>(raw)).collect::<Result<_, _>>()?)
    }
}
