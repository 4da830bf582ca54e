//! [`Projections`]: the interface of the read side for the rest of the program.

use std::{sync::Arc, time::Duration};

use bus::{Bus, Tail};
use sealing::KeyRing;
use sqlx::PgPool;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use crate::{
    Checkpoint, Error, Feed, FillProgress, ParkedStream, Projector, RebuildReport, TableDigest,
    analyst::update_views,
    checkpoint::{EventDigest, digest_events},
    compare,
    live::{LiveModel, writer_pool},
    observed_positions::ObservedPositions,
    rebuild,
    replays::{self, ErasureOutcome, Replay, ReplayReport, ReplayRequest},
};

/// The most events that are applied in one transaction.
const BATCH_SIZE: usize = 1_000;

/// Keeps read models up to date, rebuilds them and reports their positions. Cheap to clone.
#[derive(Clone)]
pub struct Projections {
    pub(crate) pool: PgPool,
    /// See [`writer_pool`].
    pub(crate) writers: PgPool,
    pub(crate) ring: KeyRing,
    pub(crate) bus: Option<(Bus, Tail)>,
    pub(crate) batch_size: usize,
    pub(crate) observed: ObservedPositions,
    /// The task that receives positions from the bus; it ends with the last clone.
    _listener: Option<Arc<AbortOnDropHandle<()>>>,
}

/// How far a projector has come.
#[derive(Debug, Clone)]
pub struct ProjectorStatus {
    pub name: &'static str,
    /// The version of its code.
    pub version: i32,
    /// `None` until it was built for the first time.
    pub checkpoint: Option<Checkpoint>,
    /// The position of the youngest event in the log.
    pub head: i64,
    /// The streams that wait for a fix.
    pub parked: Vec<ParkedStream>,
}

/// The events that a projector counted, compared with those in the log up to its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountedEvents {
    pub position: i64,
    pub seen: EventDigest,
    pub logged: EventDigest,
}

impl CountedEvents {
    /// Whether it saw every event of its streams once, in order.
    pub fn are_complete(&self) -> bool {
        self.seen == self.logged
    }
}

impl Projections {
    /// Without a bus the log is polled ten times a second. Needs a tokio runtime.
    pub fn new(pool: PgPool, ring: KeyRing, bus: Option<(Bus, Tail)>) -> Self {
        let observed = ObservedPositions::default();
        let listener = bus.as_ref().map(|(bus, _)| {
            let task = tokio::spawn(observed.clone().listen(bus.clone()));
            Arc::new(AbortOnDropHandle::new(task))
        });
        let writers = writer_pool(pool.connect_options().as_ref().clone());
        Self { pool, writers, ring, bus, batch_size: BATCH_SIZE, observed, _listener: listener }
    }

    /// Sets the most events that are applied in one transaction.
    #[must_use]
    pub fn with_batch_size(self, size: usize) -> Self {
        Self { batch_size: size.max(1), ..self }
    }

    /// The events of some streams, for a reader without a checkpoint; at most `size` at once.
    pub fn feed(&self, streams: Vec<String>, size: usize) -> Feed {
        Feed::new(self.pool.clone(), streams, size, self.bus.as_ref().map(|(_, tail)| tail))
    }

    /// Waits until a projector has reached a position, at most `max_wait`. Returns the position that it
    /// has reached.
    pub async fn wait_until_reached(
        &self,
        projector: &str,
        position: i64,
        max_wait: Duration,
    ) -> sqlx::Result<i64> {
        self.observed.wait_until_reached(&self.pool, projector, position, max_wait).await
    }

    /// Rebuilds a read model beside the live one, compares and swaps them.
    pub async fn rebuild(
        &self,
        projector: &'static Projector,
        mut on_progress: impl FnMut(FillProgress) + Send,
    ) -> Result<RebuildReport, Error> {
        let rebuilt =
            rebuild::rebuild(&self.pool, &self.ring, projector, false, &mut on_progress).await?;
        rebuilt.ok_or_else(|| Error::NotBuilt(projector.name.to_owned()))
    }

    /// Builds read models as they were at a moment, in schemas of their own.
    pub async fn replay(
        &self,
        request: &ReplayRequest,
        mut on_progress: impl FnMut(FillProgress) + Send,
    ) -> Result<ReplayReport, Error> {
        replays::replay(&self.pool, &self.ring, request, &mut on_progress).await
    }

    /// Drops a replay. Returns whether there was one.
    pub async fn drop_replay(&self, name: &str) -> sqlx::Result<bool> {
        replays::drop_replay(&mut *self.pool.acquire().await?, name).await
    }

    /// All replays.
    pub async fn replays(&self) -> sqlx::Result<Vec<Replay>> {
        replays::list_replays(&mut *self.pool.acquire().await?).await
    }

    /// Erases a person from all replays. Returns the replays that held data of the person.
    pub async fn erase_from_replays(
        &self,
        subject: Uuid,
    ) -> Result<Vec<(Replay, ErasureOutcome)>, Error> {
        replays::erase_from_all_replays(&self.pool, &self.ring, subject).await
    }

    /// Folds the parked streams again, or only that of the aggregate `id`. Returns how many stay parked.
    pub async fn retry_parked(
        &self,
        projector: &'static Projector,
        id: Option<Uuid>,
    ) -> Result<usize, Error> {
        let ring = self.ring.clone();
        let (mut live, _) = LiveModel::open(&self.writers, projector, projector.name, ring).await?;
        live.retry_parked(|parked| id.is_none_or(|id| parked.id == id)).await
    }

    /// Applies everything that is in the log now. Returns the position.
    pub async fn catch_up(&self, projector: &'static Projector) -> Result<i64, Error> {
        self.build_if_outdated(projector).await?;
        let ring = self.ring.clone();
        let (mut live, _) = LiveModel::open(&self.writers, projector, projector.name, ring).await?;
        let mut db = self.pool.acquire().await?;
        let head = event_store::head(&mut *db).await?;
        let position = live.catch_up(&mut db, head, self.batch_size).await?;
        self.observed.record(projector.name, position);
        Ok(position)
    }

    /// A digest of each table of a schema.
    pub async fn table_digests(&self, schema: &str) -> sqlx::Result<Vec<TableDigest>> {
        compare::table_digests(&mut *self.pool.acquire().await?, schema).await
    }

    /// Counts the events in the log that a projector should have applied, to compare.
    pub async fn verify(&self, projector: &Projector) -> Result<CountedEvents, Error> {
        let mut db = self.pool.acquire().await?;
        let checkpoint = Checkpoint::find(&mut db, projector.name)
            .await?
            .ok_or_else(|| Error::NotBuilt(projector.name.to_owned()))?;
        let (position, seen) = (checkpoint.position, checkpoint.digest);
        let streams = projector.consumed_streams();
        let logged = digest_events(&mut db, &streams, EventDigest::default(), 0, position).await?;
        Ok(CountedEvents { position, seen, logged })
    }

    /// How far a projector has come.
    pub async fn status(&self, projector: &Projector) -> sqlx::Result<ProjectorStatus> {
        let mut db = self.pool.acquire().await?;
        Ok(ProjectorStatus {
            name: projector.name,
            version: projector.version(),
            checkpoint: Checkpoint::find(&mut db, projector.name).await?,
            head: event_store::head(&mut *db).await?,
            parked: ParkedStream::of_consumer(&mut db, projector.name).await?,
        })
    }

    /// Builds a read model that is missing or of another version than its code.
    pub(crate) async fn build_if_outdated(
        &self,
        projector: &'static Projector,
    ) -> Result<(), Error> {
        let on_progress = &mut |progress: FillProgress| {
            tracing::info!(
                projector = projector.name,
                done = progress.done,
                total = progress.total,
                "building a read model"
            );
        };
        let built = rebuild::rebuild(&self.pool, &self.ring, projector, true, on_progress).await?;
        if built.is_none() {
            update_views(&mut *self.pool.acquire().await?, projector).await;
        }
        Ok(())
    }
}
