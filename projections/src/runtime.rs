//! The read side as the rest of the program sees it.

use std::{sync::Arc, time::Duration};

use bus::{Bus, Tail};
use chrono::{DateTime, Utc};
use sealing::KeyRing;
use sqlx::PgPool;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use crate::{
    Checkpoint, Digest, Error, Feed, Filling, Parked, Projector, Rebuilt,
    checkpoint::{Count, recount},
    compare,
    live::Live,
    reached::Heard,
    rebuild,
    replays::{self, Outcome, Replay},
};

/// How many events are applied in one transaction at most.
const BATCH: usize = 1_000;

/// Keeps read models, builds them anew and tells how far they are. Cheap to clone.
#[derive(Clone)]
pub struct Projections {
    pub(crate) pool: PgPool,
    pub(crate) ring: KeyRing,
    pub(crate) bus: Option<(Bus, Tail)>,
    pub(crate) batch: usize,
    pub(crate) heard: Heard,
    /// Ends with the last clone.
    _listening: Option<Arc<AbortOnDropHandle<()>>>,
}

/// Where a projector stands.
#[derive(Debug, Clone)]
pub struct Status {
    pub name: &'static str,
    /// Of its code.
    pub version: i32,
    /// Nothing, until it was built for the first time.
    pub checkpoint: Option<Checkpoint>,
    /// The position of the youngest event in the log.
    pub head: i64,
    /// The streams that wait for a fix.
    pub parked: Vec<Parked>,
}

/// What a projector says it has seen, and what the log says it should have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    pub position: i64,
    pub seen: Count,
    pub logged: Count,
}

impl Verdict {
    /// Whether it saw every event of its streams once, in order.
    pub fn is_complete(&self) -> bool {
        self.seen == self.logged
    }
}

impl Projections {
    /// Without a bus it asks the log ten times a second. Belongs into a tokio runtime.
    pub fn new(pool: PgPool, ring: KeyRing, bus: Option<(Bus, Tail)>) -> Self {
        let heard = Heard::default();
        let listening = bus.as_ref().map(|(bus, _)| {
            let task = tokio::spawn(heard.clone().listen(bus.clone()));
            Arc::new(AbortOnDropHandle::new(task))
        });
        Self { pool, ring, bus, batch: BATCH, heard, _listening: listening }
    }

    /// Applies at most so many events in one transaction.
    #[must_use]
    pub fn batches_of(self, batch: usize) -> Self {
        Self { batch: batch.max(1), ..self }
    }

    /// What happens in some streams, for somebody who keeps nothing; at most `size` events at once.
    pub fn feed(&self, streams: Vec<String>, size: usize) -> Feed {
        Feed::new(self.pool.clone(), streams, size, self.bus.as_ref().map(|(_, tail)| tail))
    }

    /// Waits until a projector has reached a position, but not longer than `patience`; answers
    /// with the position it has reached.
    pub async fn reached(
        &self,
        projector: &str,
        position: i64,
        patience: Duration,
    ) -> sqlx::Result<i64> {
        self.heard.reached(&self.pool, projector, position, patience).await
    }

    /// Builds a read model anew beside the live one, compares and swaps them.
    pub async fn rebuild(
        &self,
        projector: &'static Projector,
        mut told: impl FnMut(Filling) + Send,
    ) -> Result<Rebuilt, Error> {
        let rebuilt = rebuild::rebuild(&self.pool, &self.ring, projector, false, &mut told).await?;
        rebuilt.ok_or_else(|| Error::Unbuilt(projector.name.to_owned()))
    }

    /// Fills a new schema with what the read model was after the last event that was recorded until
    /// `as_of`; answers with the position of that event.
    pub async fn replay(
        &self,
        projector: &'static Projector,
        as_of: DateTime<Utc>,
        into: &str,
        mut told: impl FnMut(Filling) + Send,
    ) -> Result<i64, Error> {
        rebuild::replay(&self.pool, &self.ring, projector, as_of, into, &mut told).await
    }

    /// The replays that there are.
    pub async fn replays(&self) -> sqlx::Result<Vec<Replay>> {
        replays::all(&mut *self.pool.acquire().await?).await
    }

    /// Takes an erased person out of all replays; answers which ones held something of theirs.
    pub async fn forget_in_replays(&self, subject: Uuid) -> Result<Vec<(Replay, Outcome)>, Error> {
        replays::forget(&self.pool, &self.ring, subject).await
    }

    /// Folds parked streams again, all or those of one aggregate. Answers how many are left.
    pub async fn unpark(
        &self,
        projector: &'static Projector,
        which: Option<Uuid>,
    ) -> Result<usize, Error> {
        let ring = self.ring.clone();
        let (mut live, _) = Live::open(&self.pool, projector, projector.name, ring).await?;
        live.unpark(|parked| which.is_none_or(|id| parked.id == id)).await
    }

    /// Applies what is in the log now, and ends.
    pub async fn catch_up(&self, projector: &'static Projector) -> Result<i64, Error> {
        self.prepare(projector).await?;
        let ring = self.ring.clone();
        let (mut live, at) = Live::open(&self.pool, projector, projector.name, ring).await?;
        let mut db = self.pool.acquire().await?;
        let head = event_store::head(&mut *db).await?;
        let (streams, mut position) = (projector.consumes(), at.position);
        while position < head {
            let batch = event_store::page(&mut *db, &streams, position, head, self.batch).await?;
            position = live.advance(&batch).await?.position;
            self.heard.tell(projector.name, position);
        }
        Ok(position)
    }

    /// What the tables hold, as one digest per table.
    pub async fn digest(&self, schema: &str) -> sqlx::Result<Vec<Digest>> {
        compare::digest(&mut *self.pool.acquire().await?, schema).await
    }

    /// Counts in the log what a projector should have seen.
    pub async fn verify(&self, projector: &Projector) -> Result<Verdict, Error> {
        let mut db = self.pool.acquire().await?;
        let checkpoint = Checkpoint::find(&mut db, projector.name)
            .await?
            .ok_or_else(|| Error::Unbuilt(projector.name.to_owned()))?;
        let (position, seen) = (checkpoint.position, checkpoint.count);
        let streams = projector.consumes();
        let logged = recount(&mut db, &streams, Count::default(), 0, position).await?;
        Ok(Verdict { position, seen, logged })
    }

    /// Where a projector stands.
    pub async fn status(&self, projector: &Projector) -> sqlx::Result<Status> {
        let mut db = self.pool.acquire().await?;
        Ok(Status {
            name: projector.name,
            version: projector.version(),
            checkpoint: Checkpoint::find(&mut db, projector.name).await?,
            head: event_store::head(&mut *db).await?,
            parked: Parked::of(&mut db, projector.name).await?,
        })
    }

    /// Builds a read model that is missing or older than its code.
    pub(crate) async fn prepare(&self, projector: &'static Projector) -> Result<(), Error> {
        let told = &mut |filling: Filling| {
            tracing::info!(
                projector = projector.name,
                done = filling.done,
                total = filling.total,
                "building a read model"
            );
        };
        rebuild::rebuild(&self.pool, &self.ring, projector, true, told).await.map(drop)
    }
}
