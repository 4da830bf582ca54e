//! Filling empty tables from the log, aggregate by aggregate, so that every row is written once.

use std::{sync::Arc, time::Instant};

use domain::Raw;
use futures::TryStreamExt;
use sealing::KeyRing;
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool};
use tokio::{
    sync::{Mutex, mpsc},
    task::JoinSet,
};

use crate::{
    Error, Projector, Stream,
    batch::{Kit, Start, Work},
    error::is_data,
    live::{connect, settle},
    rebuild::Filling,
};

/// How many events are folded and written at once.
const CHUNK: usize = 2_000;
/// How many chunks are folded and written side by side. All read models may be filled at once, and
/// each lane is a connection.
const LANES: usize = 2;

/// Fills one schema.
pub(crate) struct Filler<'a> {
    pub(crate) pool: &'a PgPool,
    pub(crate) ring: &'a KeyRing,
    pub(crate) projector: &'static Projector,
    /// Under which name streams are parked; without one, what cannot be applied is left out.
    pub(crate) name: Option<&'a str>,
    pub(crate) told: &'a mut (dyn FnMut(Filling) + Send),
}

impl Filler<'_> {
    /// Fills the tables that [`make`] made with what happened until `upto`. Answers with the number of
    /// events.
    pub(crate) async fn fill(&mut self, schema: &str, upto: i64) -> Result<u64, Error> {
        let (_, after) = self.projector.phases();
        let mut db = connect(self.pool, schema).await?;
        let mut kit = Kit::of(&mut db, self.projector, schema, self.ring.clone()).await?;
        kit.tables.empty = true;

        let total = total(&mut db, self.projector, upto).await?;
        let kit = Arc::new(kit);
        let (started, mut done) = (Instant::now(), 0);
        let streams = self.projector.streams.iter().filter(|_| total > 0);
        for stream in streams {
            // Who does not wait for the end stops them all.
            let mut work = JoinSet::new();
            let (send, chunks) = mpsc::channel(LANES);
            let (tell, mut written) = mpsc::channel(LANES);
            let reader = PgConnection::connect_with(&self.pool.connect_options()).await?;
            work.spawn(read(reader, stream, upto, send));
            let chunks = Arc::new(Mutex::new(chunks));
            for _ in 0..LANES {
                let db = connect(self.pool, schema).await?;
                let (kit, name) = (Arc::clone(&kit), self.name.map(str::to_owned));
                work.spawn(lane(db, kit, name, Arc::clone(&chunks), tell.clone()));
            }
            drop(tell);
            loop {
                tokio::select! {
                    Some(events) = written.recv() => {
                        done += events;
                        (self.told)(Filling { done, total, elapsed: started.elapsed() });
                    }
                    Some(ended) = work.join_next() => {
                        ended.map_err(|why| sqlx::Error::Io(why.into()))??;
                    }
                    else => break,
                }
            }
        }
        sqlx::raw_sql(after).execute(&mut db).await?;
        for table in kit.tables() {
            // Of a table of which nothing is known Postgres assumes that it will grow; one that it
            // knows to be empty it plans to read from end to end, and goes on to when it has grown.
            let filled = format!("select exists (select from \"{table}\")");
            if sqlx::query_scalar(AssertSqlSafe(filled)).fetch_one(&mut db).await? {
                execute(&mut db, format!("analyze \"{table}\"")).await?;
            }
        }
        Ok(done)
    }
}

/// Makes a schema with its tables, empty, over a connection whose unqualified names mean it.
pub(crate) async fn make(
    db: &mut PgConnection,
    projector: &Projector,
    schema: &str,
) -> sqlx::Result<()> {
    execute(db, format!("create schema \"{schema}\"")).await?;
    sqlx::raw_sql(projector.phases().0).execute(&mut *db).await?;
    secure_rows(db, schema).await
}

/// Lets clients look at the tables, but only as far as the policies beside them allow: where there
/// is none, nothing is seen.
async fn secure_rows(db: &mut PgConnection, schema: &str) -> sqlx::Result<()> {
    let relations: Vec<(String, bool)> = sqlx::query_as(
        "select quote_ident(relname), relkind = 'v' from pg_class
         where relnamespace = $1::regnamespace and relkind in ('r', 'v')",
    )
    .bind(schema)
    .fetch_all(&mut *db)
    .await?;
    for (name, is_view) in relations {
        let secure = if is_view {
            format!("alter view {name} set (security_invoker = true)")
        } else {
            format!("alter table {name} enable row level security")
        };
        execute(db, secure).await?;
        execute(db, format!("grant select on {name} to servicebook_client")).await?;
    }
    execute(db, format!("grant usage on schema \"{schema}\" to servicebook_client")).await
}

/// How many events there are to fold.
async fn total(db: &mut PgConnection, projector: &Projector, upto: i64) -> sqlx::Result<u64> {
    let streams: Vec<_> = projector.streams.iter().map(|stream| stream.name.to_owned()).collect();
    Ok(event_store::count(db, &streams, upto).await?.cast_unsigned())
}

/// Folds and writes chunks until there are no more; tells of how many events.
async fn lane(
    mut db: PgConnection,
    kit: Arc<Kit>,
    name: Option<String>,
    chunks: Arc<Mutex<mpsc::Receiver<Vec<Work>>>>,
    tell: mpsc::Sender<u64>,
) -> Result<(), Error> {
    loop {
        let chunk = chunks.lock().await.recv().await;
        let Some(works) = chunk else { return Ok(()) };
        write(&mut db, &kit, name.as_deref(), &works).await?;
        let events = works.iter().map(|work| work.facts.len() as u64).sum();
        // Whoever does not listen any more has stopped this, too.
        let _ = tell.send(events).await;
    }
}

/// Writes a chunk; what cannot be written parks its stream, under a name.
async fn write(
    db: &mut PgConnection,
    kit: &Kit,
    name: Option<&str>,
    works: &[Work],
) -> Result<(), Error> {
    for careful in [false, true] {
        let mut tx = db.begin().await?;
        let written = match name {
            Some(name) => settle(&mut tx, kit, name, Vec::new(), works, careful).await.map(drop),
            None => kit.apply(&mut tx, works, careful).await.map(|failed| {
                for failed in failed {
                    tracing::warn!(schema = kit.schema, ?failed, "it is left out from here on");
                }
            }),
        };
        match written {
            Err(Error::Database(error)) if !careful && is_data(&error) => tx.rollback().await?,
            Err(error) => return Err(error),
            Ok(()) => return Ok(tx.commit().await?),
        }
    }
    Ok(())
}

/// Sends the events of one kind of aggregate in chunks of whole aggregates.
async fn read(
    mut db: PgConnection,
    stream: &'static Stream,
    upto: i64,
    to: mpsc::Sender<Vec<Work>>,
) -> Result<(), Error> {
    let mut facts = event_store::by_aggregate(&mut db, stream.name, upto);
    let (mut works, mut size) = (Vec::new(), 0);
    let mut next = facts.try_next().await?;
    while let Some(first) = next.take() {
        let id = first.id;
        let mut own: Vec<Raw> = vec![first];
        while let Some(fact) = facts.try_next().await? {
            if fact.id != id {
                next = Some(fact);
                break;
            }
            own.push(fact);
        }
        size += own.len();
        works.push(Work { stream, id, facts: own, start: Start::New });
        if size >= CHUNK || next.is_none() {
            size = 0;
            if to.send(std::mem::take(&mut works)).await.is_err() {
                // Nobody fills any more.
                break;
            }
        }
    }
    Ok(())
}

/// A statement that takes no parameters; what is formatted into it comes from our own constants
/// or was checked before.
pub(crate) async fn execute(db: &mut PgConnection, statement: String) -> sqlx::Result<()> {
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(db).await.map(drop)
}
