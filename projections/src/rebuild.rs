//! Building a read model anew beside the live one.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use lease::Lease;
use sealing::KeyRing;
use sqlx::{Connection, PgConnection, PgPool};

use crate::{
    Checkpoint, Difference, Error, Projector, all,
    checkpoint::{Count, recount},
    compare::{differences, digest},
    filler::{Filler, execute, make},
    live::{Live, connect},
    replays::{self, Replay},
};

/// How many events are caught up with at once.
const BATCH: usize = 2_000;

/// How far a rebuild has come.
#[derive(Debug, Clone, Copy)]
pub struct Filling {
    /// Events folded, of this many.
    pub done: u64,
    pub total: u64,
    pub elapsed: Duration,
}

/// What a rebuild found and did.
#[derive(Debug, Clone)]
pub struct Rebuilt {
    /// Events folded.
    pub events: u64,
    pub elapsed: Duration,
    /// The read model contains everything up to here.
    pub position: i64,
    /// Where it was not like the live one, table by table; `None` when there was no live one of
    /// the same version to compare with.
    pub differences: Option<Vec<Difference>>,
    /// Streams that could not be folded to their end.
    pub parked: usize,
}

impl Filling {
    /// Events per second so far.
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    pub fn rate(&self) -> f64 {
        self.done as f64 / self.elapsed.as_secs_f64().max(0.001)
    }

    /// The time left, if it goes on like this.
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    pub fn left(&self) -> Duration {
        let left = self.total.saturating_sub(self.done) as f64 / self.rate().max(1.0);
        Duration::from_secs_f64(left)
    }
}

/// Fills `<schema>__next` from the log while the live read model goes on serving, brings it to
/// the live one's position, compares, and swaps the two in one transaction.
///
/// One that is as good as the code (`only_if_needed`) is left alone.
pub(crate) async fn rebuild(
    pool: &PgPool,
    ring: &KeyRing,
    projector: &'static Projector,
    only_if_needed: bool,
    told: &mut (dyn FnMut(Filling) + Send),
) -> Result<Option<Rebuilt>, Error> {
    let live = Checkpoint::find(&mut *pool.acquire().await?, projector.name).await?;
    if only_if_needed && live.is_some_and(|live| live.version == projector.version()) {
        return Ok(None);
    }
    let options = pool.connect_options();
    let lease = Lease::acquire(&options, &lease(projector)).await?;
    let rebuilt = Box::pin(rebuild_alone(pool, ring, projector, only_if_needed, told));
    lease.during(rebuilt).await.map_err(sqlx::Error::from)?
}

/// As [`rebuild`], for whoever holds the lease: somebody else may have been faster.
async fn rebuild_alone(
    pool: &PgPool,
    ring: &KeyRing,
    projector: &'static Projector,
    only_if_needed: bool,
    told: &mut (dyn FnMut(Filling) + Send),
) -> Result<Option<Rebuilt>, Error> {
    // Keys that were destroyed elsewhere may still be at hand in this process.
    let ring = KeyRing::new(pool.clone(), ring.master().clone());
    let schema = projector.schema();
    let (next_schema, next_name) = next(projector);
    let mut guard = PgConnection::connect_with(&pool.connect_options()).await?;
    let live = Checkpoint::find(&mut guard, projector.name).await?;
    let same = live.as_ref().filter(|live| live.version == projector.version());
    match &live {
        Some(live) if only_if_needed && live.version > projector.version() => {
            let (stored, code) = (live.version, projector.version());
            return Err(Error::Superseded { projector: projector.name, stored, code });
        }
        Some(_) if only_if_needed && same.is_some() => return Ok(None),
        _ => {}
    }

    let started = Instant::now();
    // Not further than the live one is, so that the two can be compared.
    let upto = match same {
        Some(live) => live.position,
        None => event_store::head(&mut guard).await?,
    };
    discard(&mut guard, &next_schema, &next_name).await?;
    make(&mut connect(pool, &next_schema).await?, projector, &next_schema).await?;
    let mut filler = Filler { pool, ring: &ring, projector, name: Some(&next_name), told };
    let events = filler.fill(&next_schema, upto).await?;
    let count = recount(&mut guard, &projector.consumes(), Count::default(), 0, upto).await?;
    let checkpoint = Checkpoint {
        name: next_name.clone(),
        schema: next_schema.clone(),
        version: projector.version(),
        generation: 1,
        position: upto,
        count,
    };
    checkpoint.insert(&mut guard).await?;
    let (mut next, _) = Live::open(pool, projector, &next_name, ring.clone()).await?;
    if same.is_none() {
        let head = event_store::head(&mut guard).await?;
        catch_up(&mut next, &mut guard, projector, head).await?;
    }

    let mut tx = guard.begin().await?;
    let held = Checkpoint::lock(&mut tx, projector.name).await?.map(|(live, _)| live);
    // The live one stands still as long as its checkpoint is held. Whoever saw how far it has come
    // (one of an older version as well) must find no less afterwards.
    if let Some(live) = &held {
        let mut reader = pool.acquire().await?;
        catch_up(&mut next, &mut reader, projector, live.position).await?;
    }
    let comparable = held.as_ref().filter(|live| live.version == projector.version());
    let mut found = None;
    if let Some(live) = comparable {
        let rebuilt = digest(&mut tx, &next_schema).await?;
        found = Some(differences(&digest(&mut tx, &live.schema).await?, &rebuilt));
    }
    let (position, parked) = swap(&mut tx, &schema, &next_schema, projector, held).await?;
    tx.commit().await?;
    // Apart, so that readers of the old tables delay nobody but us.
    drop_schema(&mut guard, &format!("{schema}__old")).await?;
    let elapsed = started.elapsed();
    Ok(Some(Rebuilt { events, elapsed, position, differences: found, parked }))
}

/// Fills a new schema with what the read model was after the last event that was recorded until
/// `as_of`. Answers with the position of that event.
pub(crate) async fn replay(
    pool: &PgPool,
    ring: &KeyRing,
    projector: &'static Projector,
    as_of: DateTime<Utc>,
    into: &str,
    told: &mut (dyn FnMut(Filling) + Send),
) -> Result<i64, Error> {
    if into.is_empty() || !into.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '_')) {
        return Err(Error::Misnamed(into.to_owned()));
    }
    let ring = KeyRing::new(pool.clone(), ring.master().clone());
    let mut db = connect(pool, into).await?;
    let occupied: bool = sqlx::query_scalar("select to_regnamespace(quote_ident($1)) is not null")
        .bind(into)
        .fetch_one(&mut db)
        .await?;
    if occupied {
        return Err(Error::Occupied(into.to_owned()));
    }
    // Whoever was erased until here has no key any more that could be used.
    let begun = event_store::head(&mut db).await?;
    // A beginning of the log, so that no aggregate lacks what came before. Where a clock was ahead
    // and set back, what was recorded with a date too late counts with what came after it.
    let upto = event_store::head_at(&mut db, as_of).await?;
    let (schema, named) = (into.to_owned(), projector.name.to_owned());
    let version = projector.version;
    let replay = Replay { schema, projector: named, version, as_of, position: upto };
    // Both at once: there is no moment at which somebody erased would be looked for in vain.
    let mut tx = db.begin().await?;
    make(&mut tx, projector, into).await?;
    replays::note(&mut tx, &replay).await?;
    tx.commit().await?;
    let mut filler = Filler { pool, ring: &ring, projector, name: None, told };
    filler.fill(into, upto).await?;
    // Their rows may have been written after everybody else had forgotten them.
    for subject in event_store::erased(&mut db, begun).await? {
        ring.forget(subject);
        replays::forget_in(pool, &ring, projector, &replay, subject).await?;
    }
    Ok(upto)
}

/// Applies what happened until `upto` by batches, as the live one does.
async fn catch_up(
    next: &mut Live,
    db: &mut PgConnection,
    projector: &Projector,
    upto: i64,
) -> Result<(), Error> {
    let streams = projector.consumes();
    let mut position = Checkpoint::find(&mut *db, &next.name).await?.map_or(0, |at| at.position);
    while position < upto {
        let batch = event_store::page(&mut *db, &streams, position, upto, BATCH).await?;
        position = next.advance(&batch).await?.position;
    }
    Ok(())
}

/// Puts the new schema in the place of the old one. Renaming needs no lock on the tables, so
/// nobody who reads is stopped. Answers with its position and its number of parked streams.
async fn swap(
    db: &mut PgConnection,
    schema: &str,
    next: &str,
    projector: &Projector,
    held: Option<Checkpoint>,
) -> Result<(i64, usize), Error> {
    let next_name = format!("{}__next", projector.name);
    let (checkpoint, parked) =
        Checkpoint::lock(db, &next_name).await?.ok_or_else(|| Error::Unbuilt(next_name.clone()))?;
    drop_schema(db, &format!("{schema}__old")).await?;
    if held.is_some() {
        execute(db, format!("alter schema \"{schema}\" rename to \"{schema}__old\"")).await?;
    } else {
        drop_schema(db, schema).await?;
    }
    execute(db, format!("alter schema \"{next}\" rename to \"{schema}\"")).await?;
    let generation = held.map_or(1, |live| live.generation + 1);
    // Of what was parked already the operators need not be told again.
    sqlx::query(
        "update operations.parked again set parked_at = once.parked_at, told_at = once.told_at
         from operations.parked once where again.consumer = $2 and once.consumer = $1
             and (again.stream, again.id, again.version) = (once.stream, once.id, once.version)",
    )
    .bind(projector.name)
    .bind(&next_name)
    .execute(&mut *db)
    .await?;
    forget(db, projector.name).await?;
    let position = checkpoint.position;
    let (name, schema) = (projector.name.to_owned(), schema.to_owned());
    Checkpoint { name, schema, generation, ..checkpoint }.insert(db).await?;
    sqlx::query("update operations.parked set consumer = $2 where consumer = $1")
        .bind(&next_name)
        .bind(projector.name)
        .execute(&mut *db)
        .await?;
    forget(db, &next_name).await?;
    Ok((position, parked.len()))
}

async fn forget(db: &mut PgConnection, name: &str) -> sqlx::Result<()> {
    for statement in [
        "delete from operations.parked where consumer = $1",
        "delete from projections.checkpoints where name = $1",
    ] {
        sqlx::query(statement).bind(name).execute(&mut *db).await?;
    }
    Ok(())
}

/// Schema and name of what is being built in the place of a read model.
fn next(projector: &Projector) -> (String, String) {
    (format!("{}__next", projector.schema()), format!("{}__next", projector.name))
}

/// What whoever rebuilds a read model holds.
fn lease(projector: &Projector) -> String {
    format!("rebuild/{}", projector.name)
}

/// Removes what rebuilds left that did not come to their end: nobody would erase anybody in it.
pub async fn discard_left(pool: &PgPool) -> sqlx::Result<()> {
    let mut db = PgConnection::connect_with(&pool.connect_options()).await?;
    let left = "select nspname::text from pg_namespace where right(nspname, 6) = '__next'";
    let left: Vec<String> = sqlx::query_scalar(left).fetch_all(&mut db).await?;
    for projector in all() {
        let (schema, name) = next(projector);
        if !left.contains(&schema) {
            continue;
        }
        if let Some(lease) = Lease::try_acquire(&pool.connect_options(), &lease(projector)).await? {
            tracing::info!(projector = projector.name, "an unfinished rebuild is removed");
            lease.during(discard(&mut db, &schema, &name)).await.map_err(sqlx::Error::from)??;
        }
    }
    Ok(())
}

async fn discard(db: &mut PgConnection, schema: &str, name: &str) -> sqlx::Result<()> {
    forget(db, name).await?;
    drop_schema(db, schema).await
}

pub(crate) async fn drop_schema(db: &mut PgConnection, schema: &str) -> sqlx::Result<()> {
    execute(db, format!("drop schema if exists \"{schema}\" cascade")).await
}
