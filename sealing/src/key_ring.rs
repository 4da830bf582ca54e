//! Fetches the keys of people, and caches them for a while.

use std::{collections::HashMap, sync::Arc, time::Duration};

use moka::sync::Cache;
use sqlx::{PgConnection, PgExecutor, PgPool};
use uuid::Uuid;

use crate::{MasterKey, SubjectKeys, keys::DataKey};

/// For how long a process may go on using a key that another one destroyed.
const CACHE_TTL: Duration = Duration::from_secs(30);
/// For how long it is remembered that a key was destroyed: longer than any request that read it before
/// takes.
const DESTROYED_TTL: Duration = Duration::from_mins(10);
/// How many keys a process caches.
const CACHE_CAPACITY: u64 = 20_000;

/// The keys of people, fetched when they are needed.
#[derive(Clone)]
pub struct KeyRing {
    db: PgPool,
    master: MasterKey,
    cache: Cache<Uuid, Option<Arc<DataKey>>>,
    /// Whose keys were destroyed lately: keys that were read before must not be used.
    destroyed: Cache<Uuid, ()>,
}

impl KeyRing {
    pub fn new(db: PgPool, master: MasterKey) -> Self {
        let cache = Cache::builder().max_capacity(CACHE_CAPACITY).time_to_live(CACHE_TTL).build();
        let destroyed =
            Cache::builder().max_capacity(CACHE_CAPACITY).time_to_live(DESTROYED_TTL).build();
        Self { db, master, cache, destroyed }
    }

    pub fn master(&self) -> &MasterKey {
        &self.master
    }

    /// The keys of these people, as far as they have any. A person without one counts as erased when
    /// their data is opened, and as unknown when it is sealed.
    pub async fn keys(
        &self,
        subjects: impl IntoIterator<Item = Uuid>,
    ) -> sqlx::Result<SubjectKeys> {
        let (mut found, mut missing) = (HashMap::new(), Vec::new());
        for subject in subjects {
            match self.cache.get(&subject) {
                _ if self.destroyed.contains_key(&subject) => drop(found.insert(subject, None)),
                Some(key) => drop(found.insert(subject, key)),
                None => missing.push(subject),
            }
        }
        if !missing.is_empty() {
            for (subject, key) in self.fetch(&self.db, &missing).await? {
                found.insert(subject, self.cache_unless_destroyed(subject, key));
            }
        }
        Ok(SubjectKeys { by_subject: Arc::new(found), created: Vec::new() })
    }

    /// Caches a key unless it was destroyed meanwhile. Answers the key that may be used.
    fn cache_unless_destroyed(
        &self,
        subject: Uuid,
        key: Option<Arc<DataKey>>,
    ) -> Option<Arc<DataKey>> {
        self.cache.insert(subject, key.clone());
        // Checked after the insertion: a destruction in between finds the key in the cache.
        if self.destroyed.contains_key(&subject) {
            self.cache.invalidate(&subject);
            return None;
        }
        key
    }

    /// As [`keys`](Self::keys), for reading: people without a key count as erased.
    pub async fn keys_for_reading(
        &self,
        subjects: impl IntoIterator<Item = Uuid>,
    ) -> sqlx::Result<SubjectKeys> {
        let subjects: Vec<_> = subjects.into_iter().collect();
        Ok(treat_missing_as_erased(self.keys(subjects.iter().copied()).await?, subjects))
    }

    /// As [`keys_for_reading`](Self::keys_for_reading), but as one transaction sees the keys, without the cache.
    pub async fn keys_for_reading_uncached(
        &self,
        db: &mut PgConnection,
        subjects: impl IntoIterator<Item = Uuid>,
    ) -> sqlx::Result<SubjectKeys> {
        let subjects: Vec<_> = subjects.into_iter().collect();
        let found = self.fetch(db, &subjects).await?.into_iter().collect();
        Ok(treat_missing_as_erased(
            SubjectKeys { by_subject: Arc::new(found), created: Vec::new() },
            subjects,
        ))
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

    /// Caches the keys that were created for what is stored now. Others keep their age: a key that is
    /// used often is still fetched again.
    pub fn cache_created(&self, keys: &SubjectKeys) {
        for subject in &keys.created {
            if let Some(Some(key)) = keys.by_subject.get(subject) {
                self.cache_unless_destroyed(*subject, Some(Arc::clone(key)));
            }
        }
    }

    /// Must be called when a person is erased: their key is not used in this process again.
    pub fn mark_destroyed(&self, subject: Uuid) {
        self.destroyed.insert(subject, ());
        self.cache.invalidate(&subject);
    }
}

/// People without a key count as erased.
fn treat_missing_as_erased(mut keys: SubjectKeys, subjects: Vec<Uuid>) -> SubjectKeys {
    let by_subject = Arc::make_mut(&mut keys.by_subject);
    for subject in subjects {
        by_subject.entry(subject).or_insert(None);
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_destroyed_key_does_not_come_back_by_what_was_read_before() {
        let master = MasterKey::generate().unwrap();
        let unreachable = PgPool::connect_lazy("postgres://nowhere/none").unwrap();
        let (ring, anna) = (KeyRing::new(unreachable, master.clone()), Uuid::from_u128(7));
        let mut keys = SubjectKeys::default();
        keys.create(&master, anna).unwrap();
        ring.cache_created(&keys);
        assert!(ring.keys([anna]).await.unwrap().by_subject[&anna].is_some());
        ring.mark_destroyed(anna);
        ring.cache_created(&keys);
        assert!(ring.keys([anna]).await.unwrap().by_subject[&anna].is_none());
    }
}
