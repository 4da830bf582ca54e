//! Filling empty tables from the log, aggregate by aggregate, so that every row is written once.

use std::time::Instant;

use domain::Raw;
use futures::TryStreamExt;
use sealing::KeyRing;
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool};
use tokio::sync::mpsc;

use crate::{
    Error, Projector, Stream,
    batch::{Kit, Start, Work},
    error::is_data,
    live::{connect, settle},
    log,
    rebuild::Filling,
};

/// How many events are folded and written at once.
const CHUNK: usize = 2_000;

/// Fills one schema.
pub(crate) struct Filler<'a> {
    pub(crate) pool: &'a PgPool,
    pub(crate) ring: &'a KeyRing,
    pub(crate) projector: &'static Projector,
    /// Under which name streams are parked.
    pub(crate) name: &'a str,
    pub(crate) told: &'a mut (dyn FnMut(Filling) + Send),
}

impl Filler<'_> {
    /// Makes the schema and its tables and fills them with what happened until `upto`. Answers
    /// with the number of events.
    pub(crate) async fn fill(&mut self, schema: &str, upto: i64) -> Result<u64, Error> {
        let (before, after) = self.projector.phases();
        let mut db = connect(self.pool, schema).await?;
        execute(&mut db, format!("create schema \"{schema}\"")).await?;
        sqlx::raw_sql(before).execute(&mut db).await?;
        wall(&mut db, schema).await?;
        let kit = Kit::of(&mut db, self.projector, schema, self.ring.clone()).await?;

        let total = total(&mut db, self.projector, upto).await?;
        let (started, mut done) = (Instant::now(), 0);
        for stream in self.projector.streams {
            let (send, mut chunks) = mpsc::channel(2);
            let reader = PgConnection::connect_with(&self.pool.connect_options()).await?;
            let reading = tokio::spawn(read(reader, stream, upto, send));
            while let Some(works) = chunks.recv().await {
                write(&mut db, &kit, self.name, &works).await?;
                done += works.iter().map(|work| work.facts.len() as u64).sum::<u64>();
                (self.told)(Filling { done, total, elapsed: started.elapsed() });
            }
            reading.await.map_err(|why| sqlx::Error::Io(why.into()))??;
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

/// Lets clients look at the tables, but only as far as the policies beside them allow: where there
/// is none, nothing is seen.
async fn wall(db: &mut PgConnection, schema: &str) -> sqlx::Result<()> {
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
    let streams: Vec<_> = projector.streams.iter().map(|stream| stream.name).collect();
    let total: i64 = sqlx::query_scalar(
        "select count(*) from event_store.events where stream = any($1) and position <= $2",
    )
    .bind(streams)
    .bind(upto)
    .fetch_one(db)
    .await?;
    Ok(total.cast_unsigned())
}

/// Writes a chunk; what cannot be written parks its stream.
async fn write(db: &mut PgConnection, kit: &Kit, name: &str, works: &[Work]) -> Result<(), Error> {
    for careful in [false, true] {
        let mut tx = db.begin().await?;
        match settle(&mut tx, kit, name, Vec::new(), works, careful).await {
            Err(Error::Database(error)) if !careful && is_data(&error) => tx.rollback().await?,
            Err(error) => return Err(error),
            Ok(_) => return Ok(tx.commit().await?),
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
) -> sqlx::Result<()> {
    let mut facts = log::by_aggregate(&mut db, stream.name, upto);
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
