//! The keys that a process has at hand.

use std::{collections::HashMap, sync::Arc, time::Duration};

use moka::sync::Cache;
use sqlx::{PgConnection, PgExecutor, PgPool};
use uuid::Uuid;

use crate::{Keys, MasterKey, keys::DataKey};

/// For how long a process may go on using a key that another one destroyed.
const TRUSTED: Duration = Duration::from_secs(30);
/// For how long it is remembered that a key was destroyed: longer than anything takes that read it
/// before.
const LATE: Duration = Duration::from_mins(10);
/// How many keys a process keeps at hand.
const AT_HAND: u64 = 20_000;

/// The people's keys, fetched when they are needed.
#[derive(Clone)]
pub struct KeyRing {
    db: PgPool,
    master: MasterKey,
    cache: Cache<Uuid, Option<Arc<DataKey>>>,
    /// Whose keys were destroyed of late: whatever was read of them before counts no more.
    destroyed: Cache<Uuid, ()>,
}

impl KeyRing {
    pub fn new(db: PgPool, master: MasterKey) -> Self {
        let cache = Cache::builder().max_capacity(AT_HAND).time_to_live(TRUSTED).build();
        let destroyed = Cache::builder().max_capacity(AT_HAND).time_to_live(LATE).build();
        Self { db, master, cache, destroyed }
    }

    pub fn master(&self) -> &MasterKey {
        &self.master
    }

    /// The keys of these people, as far as they have any. Somebody who has none yet counts as
    /// erased when his data is opened and as unknown when it is sealed.
    pub async fn keys(&self, subjects: impl IntoIterator<Item = Uuid>) -> sqlx::Result<Keys> {
        let (mut known, mut missing) = (HashMap::new(), Vec::new());
        for subject in subjects {
            match self.cache.get(&subject) {
                _ if self.destroyed.contains_key(&subject) => drop(known.insert(subject, None)),
                Some(key) => drop(known.insert(subject, key)),
                None => missing.push(subject),
            }
        }
        if !missing.is_empty() {
            for (subject, key) in self.fetch(&self.db, &missing).await? {
                known.insert(subject, self.keep(subject, key));
            }
        }
        Ok(Keys { known: Arc::new(known), made: Vec::new() })
    }

    /// Keeps a key at hand unless it was destroyed meanwhile; what there is of it then.
    fn keep(&self, subject: Uuid, key: Option<Arc<DataKey>>) -> Option<Arc<DataKey>> {
        self.cache.insert(subject, key.clone());
        // Asked afterwards: whoever destroys it in between finds it in the cache.
        if self.destroyed.contains_key(&subject) {
            self.cache.invalidate(&subject);
            return None;
        }
        key
    }

    /// As [`keys`](Self::keys), for reading: somebody without a key is somebody erased.
    pub async fn opener(&self, subjects: impl IntoIterator<Item = Uuid>) -> sqlx::Result<Keys> {
        let subjects: Vec<_> = subjects.into_iter().collect();
        Ok(opening(self.keys(subjects.iter().copied()).await?, subjects))
    }

    /// As [`opener`](Self::opener), but as one transaction sees the keys, whatever is at hand.
    pub async fn opener_in(
        &self,
        db: &mut PgConnection,
        subjects: impl IntoIterator<Item = Uuid>,
    ) -> sqlx::Result<Keys> {
        let subjects: Vec<_> = subjects.into_iter().collect();
        let found = self.fetch(db, &subjects).await?.into_iter().collect();
        Ok(opening(Keys { known: Arc::new(found), made: Vec::new() }, subjects))
    }

    async fn fetch(
        &self,
        db: impl PgExecutor<'_>,
        subjects: &[Uuid],
    ) -> sqlx::Result<Vec<(Uuid, Option<Arc<DataKey>>)>> {
        let found: Vec<(Uuid, Option<Vec<u8>>)> = sqlx::query_as(
            "select subject, wrapped from key_store.subjects where subject = any($1)",
        )
        .bind(subjects)
        .fetch_all(db)
        .await?;
        let unwrap = |(subject, wrapped): (Uuid, Option<Vec<u8>>)| {
            let key = wrapped.map(|wrapped| DataKey::unwrap(&self.master, subject, &wrapped));
            let key = key.transpose().map_err(|_| {
                let why = format!("the key of {subject} was wrapped by another master key");
                sqlx::Error::Decode(why.into())
            })?;
            Ok((subject, key.map(Arc::new)))
        };
        found.into_iter().map(unwrap).collect()
    }

    /// Keeps the keys at hand that were made for what is stored now. Others keep their age: a key
    /// that is used again and again is fetched anew all the same.
    pub fn remember(&self, keys: &Keys) {
        for subject in &keys.made {
            if let Some(Some(key)) = keys.known.get(subject) {
                self.keep(*subject, Some(Arc::clone(key)));
            }
        }
    }

    /// Must be called when a person is erased; no key of theirs is used in this process again.
    pub fn forget(&self, subject: Uuid) {
        self.destroyed.insert(subject, ());
        self.cache.invalidate(&subject);
    }
}

/// Somebody without a key is somebody erased.
fn opening(mut keys: Keys, subjects: Vec<Uuid>) -> Keys {
    let known = Arc::make_mut(&mut keys.known);
    for subject in subjects {
        known.entry(subject).or_insert(None);
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_destroyed_key_does_not_come_back_by_what_was_read_before() {
        let master = MasterKey::generate().unwrap();
        let nowhere = PgPool::connect_lazy("postgres://nowhere/none").unwrap();
        let (ring, anna) = (KeyRing::new(nowhere, master.clone()), Uuid::from_u128(7));
        let mut keys = Keys::default();
        keys.make(&master, anna).unwrap();
        ring.remember(&keys);
        assert!(ring.keys([anna]).await.unwrap().known[&anna].is_some());
        ring.forget(anna);
        ring.remember(&keys);
        assert!(ring.keys([anna]).await.unwrap().known[&anna].is_none());
    }
}
