//! One projector's own connection, and how its read model moves forward.

use std::collections::{HashMap, HashSet};

use domain::platform::SUBJECT;
use event_store::Batch;
use fail::fail_point;
use sealing::KeyRing;
use sqlx::{Connection, PgConnection, PgPool};

use crate::{
    Checkpoint, Error, Parked, Projector,
    batch::{Kit, Start, Work},
    error::is_data,
    parking::release,
};

/// What keeps the rows of one schema, and its checkpoint, in step with the log.
pub(crate) struct Live {
    pub(crate) db: PgConnection,
    /// The checkpoint's name: the projector's, or that of the copy that is being filled.
    pub(crate) name: String,
    pub(crate) kit: Kit,
    ring: KeyRing,
    generation: i32,
}

/// How far a step came.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) position: i64,
    /// How many events of its streams it saw.
    pub(crate) events: usize,
    /// How many seconds ago the youngest of them was recorded.
    pub(crate) lag: Option<f64>,
}

/// A connection that nobody else uses, whose unqualified names mean the tables of `schema`.
pub(crate) async fn connect(pool: &PgPool, schema: &str) -> sqlx::Result<PgConnection> {
    let mut db = PgConnection::connect_with(&pool.connect_options()).await?;
    sqlx::query("select set_config('search_path', quote_ident($1) || ', public', false)")
        .bind(schema)
        .execute(&mut db)
        .await?;
    Ok(db)
}

impl Live {
    /// Takes up what `name` says was done.
    pub(crate) async fn open(
        pool: &PgPool,
        projector: &'static Projector,
        name: &str,
        ring: KeyRing,
    ) -> Result<(Self, Checkpoint), Error> {
        let mut db = pool.acquire().await?;
        let checkpoint = Checkpoint::find(&mut db, name)
            .await?
            .ok_or_else(|| Error::Unbuilt(name.to_owned()))?;
        drop(db);
        let mut db = connect(pool, &checkpoint.schema).await?;
        let kit = Kit::of(&mut db, projector, &checkpoint.schema, ring.clone()).await?;
        let generation = checkpoint.generation;
        Ok((Self { db, name: name.to_owned(), kit, ring, generation }, checkpoint))
    }

    /// Applies a batch and moves the checkpoint, both or neither. Another process may have been
    /// faster: what was applied already is left out, and a batch that begins too late changes
    /// nothing; the step tells where to go on.
    pub(crate) async fn advance(&mut self, batch: &Batch) -> Result<Step, Error> {
        match self.attempt(batch, false).await {
            Err(Error::Database(error)) if is_data(&error) => self.attempt(batch, true).await,
            outcome => outcome,
        }
    }

    async fn attempt(&mut self, batch: &Batch, careful: bool) -> Result<Step, Error> {
        let projector = self.kit.projector;
        let consumes = |stream: &str| stream == SUBJECT || projector.stream(stream).is_some();
        let mut tx = self.db.begin().await?;
        let (mut checkpoint, parked) = held(&mut tx, &self.name, projector).await?;
        if checkpoint.generation != self.generation {
            self.kit = Kit::of(&mut tx, projector, &checkpoint.schema, self.ring.clone()).await?;
            self.generation = checkpoint.generation;
        }
        if batch.after > checkpoint.position || batch.upto <= checkpoint.position {
            return Ok(Step { position: checkpoint.position, events: 0, lag: None });
        }
        let mut events: Vec<_> = batch
            .events
            .iter()
            .filter(|event| event.position > checkpoint.position && consumes(&event.stream))
            .cloned()
            .collect();
        let (seen, youngest) = (events.len(), events.last().map(|event| event.recorded_at));
        for event in &events {
            checkpoint.count.add(event.position);
        }
        checkpoint.position = batch.upto;
        let forgetful = || {
            fail_point!(&format!("mutant.{}.drop_event", self.name), |_| true);
            false
        };
        if forgetful() {
            events.pop();
        }

        let works = self.kit.plan(&mut tx, events, batch.upto, &parked).await?;
        settle(&mut tx, &self.kit, &self.name, parked, &works, careful).await?;
        let apart = || {
            fail_point!("mutant.projector.checkpoint_apart", |_| true);
            false
        };
        let lag = if apart() {
            tx.commit().await?;
            fail_point!("projector.after_apply_before_commit", |_| std::process::abort());
            checkpoint.advance(&mut self.db, youngest).await?
        } else {
            let lag = checkpoint.advance(&mut tx, youngest).await?;
            fail_point!("projector.after_apply_before_commit", |_| std::process::abort());
            tx.commit().await?;
            lag
        };
        fail_point!("projector.after_commit", |_| std::process::abort());
        Ok(Step { position: checkpoint.position, events: seen, lag })
    }

    /// Folds parked streams again from their first event, in a transaction of its own: those that
    /// `which` chooses. Says how many are still parked.
    pub(crate) async fn unpark(&mut self, which: impl Fn(&Parked) -> bool) -> Result<usize, Error> {
        let projector = self.kit.projector;
        let mut tx = self.db.begin().await?;
        let (checkpoint, parked) = held(&mut tx, &self.name, projector).await?;
        if checkpoint.generation != self.generation {
            self.kit = Kit::of(&mut tx, projector, &checkpoint.schema, self.ring.clone()).await?;
            self.generation = checkpoint.generation;
        }
        let mut works = Vec::new();
        for waiting in parked.iter().filter(|parked| which(parked)) {
            if let Some(stream) = self.kit.projector.stream(&waiting.stream) {
                works.push(Kit::again(&mut tx, stream, waiting.id, checkpoint.position).await?);
            }
        }
        let left = settle(&mut tx, &self.kit, &self.name, parked, &works, true).await?;
        tx.commit().await?;
        Ok(left)
    }
}

/// The checkpoint and what is parked, held until the transaction ends. Nobody writes into tables that
/// other code made.
async fn held(
    db: &mut PgConnection,
    name: &str,
    projector: &Projector,
) -> Result<(Checkpoint, Vec<Parked>), Error> {
    let held = Checkpoint::lock(db, name).await?;
    let (checkpoint, parked) = held.ok_or_else(|| Error::Unbuilt(name.to_owned()))?;
    if checkpoint.version != projector.version() {
        let (stored, code) = (checkpoint.version, projector.version());
        return Err(Error::Superseded { projector: projector.name, stored, code });
    }
    Ok((checkpoint, parked))
}

/// Writes the rows, parks what cannot be applied and releases what was folded again without a
/// fault. Says how many streams are parked afterwards.
pub(crate) async fn settle(
    db: &mut PgConnection,
    kit: &Kit,
    name: &str,
    parked: Vec<Parked>,
    works: &[Work],
    careful: bool,
) -> Result<usize, Error> {
    let mut failed: HashMap<_, _> = HashMap::new();
    for poison in kit.apply(db, works, careful).await? {
        tracing::error!(projector = name, ?poison, "a stream is parked");
        let key = (poison.stream.clone(), poison.id);
        // Found twice (folded only so far, and not even so far writable): the earlier one counts.
        let first = failed.entry(key).or_insert_with(|| poison.clone());
        if poison.position < first.position {
            *first = poison;
        }
    }
    let mut waiting: HashSet<_> =
        parked.into_iter().map(|parked| (parked.stream, parked.id)).collect();
    for work in works.iter().filter(|work| work.start == Start::Again) {
        let key = (work.stream.name.to_owned(), work.id);
        if !failed.contains_key(&key) && waiting.remove(&key) {
            release(db, name, work.stream.name, work.id).await?;
        }
    }
    for (key, poison) in failed {
        poison.park(db, name).await?;
        waiting.insert(key);
    }
    Ok(waiting.len())
}
