//! Filling empty tables from the log, aggregate by aggregate, so that every row is written once.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures::TryStreamExt;
use sealing::KeyRing;
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool};
use tokio::{
    sync::{Mutex, mpsc},
    task::JoinSet,
};

use crate::{
    Error, FoldedStream, Projector,
    batch::{AggregateBatch, InitialRows, SchemaWriter},
    error::is_data_error,
    live::apply_and_update_parked,
    replays::EventSelection,
    schema::{connect_to_schema, execute_statement},
};

/// How many events are folded and written at once.
const CHUNK_EVENTS: usize = 2_000;
/// How many chunks are folded and written in parallel. All read models may be filled at once, and each
/// chunk needs a connection.
const PARALLEL_CHUNKS: usize = 2;

/// How far the filling of a schema has come.
#[derive(Debug, Clone, Copy)]
pub struct FillProgress {
    /// Events folded so far, of `total`.
    pub done: u64,
    pub total: u64,
    pub elapsed: Duration,
}

/// Fills one schema.
pub(crate) struct SchemaFiller<'a> {
    pub(crate) pool: &'a PgPool,
    pub(crate) ring: &'a KeyRing,
    pub(crate) projector: &'static Projector,
    /// The consumer for which failing streams are parked; without one their later events are left out.
    pub(crate) consumer: Option<&'a str>,
    pub(crate) on_progress: &'a mut (dyn FnMut(FillProgress) + Send),
}

impl FillProgress {
    /// Events per second so far.
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    pub fn events_per_second(&self) -> f64 {
        self.done as f64 / self.elapsed.as_secs_f64().max(0.001)
    }

    /// The estimated time left.
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    pub fn time_left(&self) -> Duration {
        let left = self.total.saturating_sub(self.done) as f64 / self.events_per_second().max(1.0);
        Duration::from_secs_f64(left)
    }
}

impl SchemaFiller<'_> {
    /// Fills the empty tables of `schema` with some events. Returns how many they are.
    pub(crate) async fn fill_schema(
        &mut self,
        schema: &str,
        selection: EventSelection,
    ) -> Result<u64, Error> {
        let (_, after) = self.projector.sql_around_filling();
        let mut db = connect_to_schema(self.pool, schema).await?;
        let mut writer =
            SchemaWriter::open(&mut db, self.projector, schema, self.ring.clone()).await?;
        writer.tables.empty = true;

        let total = count_events(&mut db, self.projector, selection.upto).await?;
        let writer = Arc::new(writer);
        let (started, mut done) = (Instant::now(), 0);
        let streams = self.projector.streams.iter().filter(|_| total > 0);
        for stream in streams {
            // Dropping the set stops all tasks.
            let mut tasks = JoinSet::new();
            let (chunk_sender, chunks) = mpsc::channel(PARALLEL_CHUNKS);
            let (progress, mut written) = mpsc::channel(PARALLEL_CHUNKS);
            let reader = PgConnection::connect_with(&self.pool.connect_options()).await?;
            tasks.spawn(read_chunks(reader, stream, selection.clone(), chunk_sender));
            let chunks = Arc::new(Mutex::new(chunks));
            for _ in 0..PARALLEL_CHUNKS {
                let db = connect_to_schema(self.pool, schema).await?;
                let (writer, consumer) = (Arc::clone(&writer), self.consumer.map(str::to_owned));
                tasks.spawn(write_chunks(
                    db,
                    writer,
                    consumer,
                    Arc::clone(&chunks),
                    progress.clone(),
                ));
            }
            drop(progress);
            loop {
                tokio::select! {
                    Some(events) = written.recv() => {
                        done += events;
                        (self.on_progress)(FillProgress { done, total, elapsed: started.elapsed() });
                    }
                    Some(ended) = tasks.join_next() => {
                        ended.map_err(|why| sqlx::Error::Io(why.into()))??;
                    }
                    else => break,
                }
            }
        }
        sqlx::raw_sql(after).execute(&mut db).await?;
        for table in writer.tables() {
            // Only tables with rows: Postgres assumes that a table without statistics will grow, but
            // would go on planning full scans of one that was analysed while it was empty.
            let has_rows = format!("select exists (select from \"{table}\")");
            if sqlx::query_scalar(AssertSqlSafe(has_rows)).fetch_one(&mut db).await? {
                execute_statement(&mut db, format!("analyze \"{table}\"")).await?;
            }
        }
        Ok(done)
    }
}

/// How many events there are to fold.
async fn count_events(
    db: &mut PgConnection,
    projector: &Projector,
    upto: i64,
) -> sqlx::Result<u64> {
    Ok(event_store::count_events(db, &projector.stream_names(), upto).await?.cast_unsigned())
}

/// Folds and writes chunks until there are no more; reports the number of events of each.
async fn write_chunks(
    mut db: PgConnection,
    writer: Arc<SchemaWriter>,
    consumer: Option<String>,
    chunks: Arc<Mutex<mpsc::Receiver<Vec<AggregateBatch>>>>,
    progress: mpsc::Sender<u64>,
) -> Result<(), Error> {
    loop {
        let chunk = chunks.lock().await.recv().await;
        let Some(aggregates) = chunk else { return Ok(()) };
        write_chunk(&mut db, &writer, consumer.as_deref(), &aggregates).await?;
        let count = aggregates.iter().map(|aggregate| aggregate.events.len() as u64).sum();
        // Without a receiver this task is about to be stopped, too.
        let _ = progress.send(count).await;
    }
}

/// Writes a chunk. Streams that cannot be written are parked, if there is a `consumer`.
async fn write_chunk(
    db: &mut PgConnection,
    writer: &SchemaWriter,
    consumer: Option<&str>,
    aggregates: &[AggregateBatch],
) -> Result<(), Error> {
    for isolate_failures in [false, true] {
        let mut tx = db.begin().await?;
        let written = match consumer {
            Some(consumer) => apply_and_update_parked(
                &mut tx,
                writer,
                consumer,
                Vec::new(),
                aggregates,
                isolate_failures,
            )
            .await
            .map(drop),
            None => writer.apply(&mut tx, aggregates, isolate_failures).await.map(|failed| {
                for failed in failed {
                    tracing::warn!(schema = writer.schema, ?failed, "it is left out from here on");
                }
            }),
        };
        match written {
            Err(Error::Database(error)) if !isolate_failures && is_data_error(&error) => {
                tx.rollback().await?;
            }
            Err(error) => return Err(error),
            Ok(()) => return Ok(tx.commit().await?),
        }
    }
    Ok(())
}

/// Sends the events of one stream in chunks of whole aggregates.
async fn read_chunks(
    mut db: PgConnection,
    stream: &'static FoldedStream,
    selection: EventSelection,
    chunk_sender: mpsc::Sender<Vec<AggregateBatch>>,
) -> Result<(), Error> {
    let mut events = event_store::events_by_aggregate(&mut db, stream.name, selection.upto);
    let (mut aggregates, mut size) = (Vec::new(), 0);
    let mut next = events.try_next().await?;
    while let Some(first) = next.take() {
        let (id, mut own) = (first.id, vec![first]);
        while let Some(event) = events.try_next().await? {
            if event.id != id {
                next = Some(event);
                break;
            }
            own.push(event);
        }
        own = selection.select(own);
        size += own.len();
        if !own.is_empty() {
            aggregates.push(AggregateBatch { stream, id, events: own, start: InitialRows::New });
        }
        if size >= CHUNK_EVENTS || next.is_none() {
            size = 0;
            if chunk_sender.send(std::mem::take(&mut aggregates)).await.is_err() {
                // The filling was stopped.
                break;
            }
        }
    }
    Ok(())
}
