use std::{collections::HashMap, sync::Arc, time::Duration};

use moka::sync::Cache;
use sqlx::{PgConnection, PgExecutor, PgPool};
use uuid::Uuid;

use crate::{Keys, MasterKey, keys::DataKey};

/// For how long a process may go on using a key that another one destroyed.
const TRUSTED: Duration = Duration::from_secs(30);
/// How many keys a process keeps at hand.
const AT_HAND: u64 = 20_000;

/// The people's keys, fetched when they are needed.
#[derive(Clone)]
pub struct KeyRing {
    db: PgPool,
    master: MasterKey,
    cache: Cache<Uuid, Option<Arc<DataKey>>>,
}

impl KeyRing {
    pub fn new(db: PgPool, master: MasterKey) -> Self {
        let cache = Cache::builder().max_capacity(AT_HAND).time_to_live(TRUSTED).build();
        Self { db, master, cache }
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
                Some(key) => drop(known.insert(subject, key)),
                None => missing.push(subject),
            }
        }
        if !missing.is_empty() {
            for (subject, key) in self.fetch(&self.db, &missing).await? {
                self.cache.insert(subject, key.clone());
                known.insert(subject, key);
            }
        }
        Ok(Keys(Arc::new(known)))
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
        Ok(opening(Keys(Arc::new(found)), subjects))
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

    /// Keeps new keys at hand once what they sealed is stored.
    pub fn remember(&self, keys: &Keys) {
        for (subject, key) in keys.0.iter() {
            self.cache.insert(*subject, key.clone());
        }
    }

    /// Must be called when a person is erased.
    pub fn forget(&self, subject: Uuid) {
        self.cache.invalidate(&subject);
    }
}

/// Somebody without a key is somebody erased.
fn opening(mut keys: Keys, subjects: Vec<Uuid>) -> Keys {
    let known = Arc::make_mut(&mut keys.0);
    for subject in subjects {
        known.entry(subject).or_insert(None);
    }
    keys
}
