//! A live read model, and how batches of events are applied to it.

use std::collections::{HashMap, HashSet};

use domain::platform::SUBJECT_STREAM;
use event_store::EventBatch;
use fail::fail_point;
use sealing::KeyRing;
use sqlx::{
    PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::{
    Checkpoint, Error, ParkedStream, Projector,
    batch::{AggregateBatch, InitialRows, SchemaWriter},
    error::is_data_error,
    parking::release,
};

/// The connections that all projectors of a process write with. Each takes one for as long as a batch
/// takes, and never waits for another connection of them meanwhile.
pub const WRITER_CONNECTIONS: u32 = 4;
/// More than all projectors have statements.
const CACHED_STATEMENTS: usize = 1_000;

/// A pool of the connections that projectors write with.
pub(crate) fn writer_pool(database: PgConnectOptions) -> PgPool {
    // The transaction of a process that was frozen gives way when its leases do.
    let expiry = format!("{}ms", lease::EXPIRY.as_millis());
    let database = database
        .options([("idle_in_transaction_session_timeout", expiry)])
        .statement_cache_capacity(CACHED_STATEMENTS);
    PgPoolOptions::new()
        .max_connections(WRITER_CONNECTIONS)
        .test_before_acquire(false)
        .connect_lazy_with(database)
}

/// Keeps the rows of one schema and its checkpoint in step with the log.
pub(crate) struct LiveModel {
    writers: PgPool,
    /// The checkpoint's name: the projector's, or that of the copy that is being filled.
    pub(crate) name: String,
    pub(crate) writer: SchemaWriter,
    generation: i32,
}

/// The result of applying a batch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AppliedBatch {
    pub(crate) position: i64,
    /// How many events of its streams were applied or parked.
    pub(crate) events: usize,
    /// How many seconds ago the youngest of them was recorded.
    pub(crate) lag: Option<f64>,
}

impl LiveModel {
    /// Continues at the checkpoint called `name`; see [`writer_pool`].
    pub(crate) async fn open(
        writers: &PgPool,
        projector: &'static Projector,
        name: &str,
        ring: KeyRing,
    ) -> Result<(Self, Checkpoint), Error> {
        let mut db = writers.acquire().await?;
        let checkpoint = Checkpoint::find(&mut db, name)
            .await?
            .ok_or_else(|| Error::NotBuilt(name.to_owned()))?;
        let writer = SchemaWriter::open(&mut db, projector, &checkpoint.schema, ring).await?;
        let generation = checkpoint.generation;
        let (writers, name) = (writers.clone(), name.to_owned());
        Ok((Self { writers, name, writer, generation }, checkpoint))
    }

    /// Applies the events up to `upto`, so many at once. Returns the position that it has reached.
    pub(crate) async fn catch_up(
        &mut self,
        db: &mut PgConnection,
        upto: i64,
        batch_size: usize,
    ) -> Result<i64, Error> {
        let streams = self.writer.projector.consumed_streams();
        let checkpoint = Checkpoint::find(&mut *db, &self.name).await?;
        let mut position = checkpoint.map_or(0, |checkpoint| checkpoint.position);
        while position < upto {
            let batch =
                event_store::read_batch(&mut *db, &streams, position, upto, batch_size).await?;
            position = self.advance(&batch).await?.position;
        }
        Ok(position)
    }

    /// Applies a batch and moves the checkpoint in one transaction. Another process may have been
    /// faster: events that are applied already are skipped, and a batch that begins after the checkpoint
    /// changes nothing. Continue at the position of the step.
    pub(crate) async fn advance(&mut self, batch: &EventBatch) -> Result<AppliedBatch, Error> {
        match self.try_advance(batch, false).await {
            Err(Error::Database(error)) if is_data_error(&error) => {
                self.try_advance(batch, true).await
            }
            outcome => outcome,
        }
    }

    async fn try_advance(
        &mut self,
        batch: &EventBatch,
        isolate_failures: bool,
    ) -> Result<AppliedBatch, Error> {
        let projector = self.writer.projector;
        let consumes =
            |stream: &str| stream == SUBJECT_STREAM || projector.stream(stream).is_some();
        let mut tx = event_store::begin(&self.writers).await?;
        let (mut checkpoint, parked) =
            lock_checkpoint(&mut tx, &self.name, &mut self.writer, &mut self.generation).await?;
        if batch.after > checkpoint.position || batch.upto <= checkpoint.position {
            return Ok(AppliedBatch { position: checkpoint.position, events: 0, lag: None });
        }
        let mut events: Vec<_> = batch
            .events
            .iter()
            .filter(|event| event.position > checkpoint.position && consumes(&event.stream))
            .cloned()
            .collect();
        let (event_count, youngest) = (events.len(), events.last().map(|event| event.recorded_at));
        for event in &events {
            checkpoint.digest.add_position(event.position);
        }
        checkpoint.position = batch.upto;
        let drops_event = || {
            fail_point!(&format!("mutant.{}.drop_event", self.name), |_| true);
            false
        };
        if drops_event() {
            events.pop();
        }

        let aggregates =
            self.writer.group_by_aggregate(&mut tx, events, batch.upto, &parked).await?;
        apply_and_update_parked(
            &mut tx,
            &self.writer,
            &self.name,
            parked,
            &aggregates,
            isolate_failures,
        )
        .await?;
        let commits_apart = || {
            fail_point!("mutant.projector.checkpoint_apart", |_| true);
            false
        };
        let lag = if commits_apart() {
            tx.commit().await?;
            fail_point!("projector.after_apply_before_commit", |_| std::process::abort());
            checkpoint
                .advance_and_measure_lag(&mut *self.writers.acquire().await?, youngest)
                .await?
        } else {
            let lag = checkpoint.advance_and_measure_lag(&mut tx, youngest).await?;
            fail_point!("projector.after_apply_before_commit", |_| std::process::abort());
            tx.commit().await?;
            lag
        };
        fail_point!("projector.after_commit", |_| std::process::abort());
        Ok(AppliedBatch { position: checkpoint.position, events: event_count, lag })
    }

    /// Folds the parked streams that `filter` selects again from their first event, in one transaction.
    /// Returns how many streams are still parked.
    pub(crate) async fn retry_parked(
        &mut self,
        filter: impl Fn(&ParkedStream) -> bool,
    ) -> Result<usize, Error> {
        let mut tx = event_store::begin(&self.writers).await?;
        let (checkpoint, parked) =
            lock_checkpoint(&mut tx, &self.name, &mut self.writer, &mut self.generation).await?;
        let mut aggregates = Vec::new();
        for parked in parked.iter().filter(|parked| filter(parked)) {
            if let Some(stream) = self.writer.projector.stream(&parked.stream) {
                aggregates.push(
                    SchemaWriter::load_for_refolding(
                        &mut tx,
                        stream,
                        parked.id,
                        checkpoint.position,
                    )
                    .await?,
                );
            }
        }
        let still_parked =
            apply_and_update_parked(&mut tx, &self.writer, &self.name, parked, &aggregates, true)
                .await?;
        tx.commit().await?;
        Ok(still_parked)
    }
}

/// Locks the checkpoint until the transaction ends, and reads the parked streams. If a rebuild has put
/// other tables in the place of those of `generation`, the writer goes on with them. Fails if they were
/// made by another version of the code.
async fn lock_checkpoint(
    db: &mut PgConnection,
    name: &str,
    writer: &mut SchemaWriter,
    generation: &mut i32,
) -> Result<(Checkpoint, Vec<ParkedStream>), Error> {
    let projector = writer.projector;
    let locked = Checkpoint::lock(db, name).await?;
    let (checkpoint, parked) = locked.ok_or_else(|| Error::NotBuilt(name.to_owned()))?;
    if checkpoint.version != projector.version() {
        let (stored, code) = (checkpoint.version, projector.version());
        return Err(Error::Superseded { projector: projector.name, stored, code });
    }
    if checkpoint.generation != *generation {
        writer.switch_schema(db, &checkpoint.schema).await?;
        *generation = checkpoint.generation;
    }
    Ok((checkpoint, parked))
}

/// Writes the rows, parks streams that fail and releases those that were refolded without a failure.
/// Returns how many streams are parked afterwards.
pub(crate) async fn apply_and_update_parked(
    db: &mut PgConnection,
    writer: &SchemaWriter,
    name: &str,
    previously_parked: Vec<ParkedStream>,
    aggregates: &[AggregateBatch],
    isolate_failures: bool,
) -> Result<usize, Error> {
    let mut failed: HashMap<_, _> = HashMap::new();
    for failure in writer.apply(db, aggregates, isolate_failures).await? {
        tracing::error!(projector = name, ?failure, "a stream is parked");
        let key = (failure.stream.clone(), failure.id);
        // A stream can fail twice, in folding and in writing: the earlier position counts.
        let first = failed.entry(key).or_insert_with(|| failure.clone());
        if failure.position < first.position {
            *first = failure;
        }
    }
    let mut still_parked: HashSet<_> =
        previously_parked.into_iter().map(|parked| (parked.stream, parked.id)).collect();
    for aggregate in aggregates.iter().filter(|aggregate| aggregate.start == InitialRows::Refold) {
        let key = (aggregate.stream.name.to_owned(), aggregate.id);
        if !failed.contains_key(&key) && still_parked.remove(&key) {
            release(db, name, aggregate.stream.name, aggregate.id).await?;
        }
    }
    for (key, failure) in failed {
        failure.park(db, name).await?;
        still_parked.insert(key);
    }
    Ok(still_parked.len())
}
