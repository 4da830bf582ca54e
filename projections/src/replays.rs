//! Read models as they were at a moment, in schemas of their own: which there are, and how a person who
//! is erased later goes from them as well.

use chrono::{DateTime, Utc};
use sealing::KeyRing;
use sqlx::{Connection, FromRow, PgConnection, PgPool};
use uuid::Uuid;

use crate::{Error, Projector, batch::Kit, filler::execute, live::connect, rebuild::drop_schema};

/// A read model as it was.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Replay {
    /// The schema that holds it.
    pub schema: String,
    /// The read model, by the name of its projector.
    pub projector: String,
    /// Of the code that made it.
    pub version: i32,
    pub as_of: DateTime<Utc>,
    /// It contains everything up to here.
    pub position: i64,
}

/// What became of a replay that held something of an erased person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Their data is blank in it.
    Blanked,
    /// It is of an older shape than the code, so it was dropped.
    Dropped,
}

/// Those that are still there. Whoever dropped a schema need not tell.
pub(crate) async fn all(db: &mut PgConnection) -> sqlx::Result<Vec<Replay>> {
    sqlx::query(
        "delete from projections.replays where to_regnamespace(quote_ident(schema)) is null",
    )
    .execute(&mut *db)
    .await?;
    let all =
        "select schema, projector, version, as_of, position from projections.replays order by 1";
    sqlx::query_as(all).fetch_all(db).await
}

/// Notes a replay, in the transaction that makes its schema.
pub(crate) async fn note(db: &mut PgConnection, replay: &Replay) -> sqlx::Result<()> {
    let note = "insert into projections.replays (schema, projector, version, as_of, position)
         values ($1, $2, $3, $4, $5) on conflict (schema) do update
         set projector = $2, version = $3, as_of = $4, position = $5, made_at = now()";
    let note = sqlx::query(note).bind(&replay.schema).bind(&replay.projector).bind(replay.version);
    note.bind(replay.as_of).bind(replay.position).execute(db).await.map(drop)
}

/// Folds again, without the person's key, whatever in a replay held something of theirs. Answers
/// which replays that were.
pub(crate) async fn forget(
    pool: &PgPool,
    ring: &KeyRing,
    subject: Uuid,
) -> Result<Vec<(Replay, Outcome)>, Error> {
    ring.forget(subject);
    let mut db = PgConnection::connect_with(&pool.connect_options()).await?;
    let mut touched = Vec::new();
    for replay in all(&mut db).await? {
        let forgotten = match Projector::named(&replay.projector) {
            Ok(projector) => forget_in(pool, ring, projector, &replay, subject).await,
            Err(why) => Err(why),
        };
        match forgotten {
            Ok(false) => {}
            Ok(true) => touched.push((replay, Outcome::Blanked)),
            // What a newer version made is its to see to.
            Err(why @ Error::Superseded { stored, code, .. }) if stored > code => return Err(why),
            Err(why @ (Error::Superseded { .. } | Error::Unfit { .. } | Error::Unknown(_))) => {
                tracing::warn!(schema = replay.schema, "a replay is dropped: {why}");
                drop_schema(&mut db, &replay.schema).await?;
                touched.push((replay, Outcome::Dropped));
            }
            Err(why) => return Err(why),
        }
    }
    Ok(touched)
}

/// As [`forget`], in one replay, without a key at hand. Answers whether it held anything of theirs.
pub(crate) async fn forget_in(
    pool: &PgPool,
    ring: &KeyRing,
    projector: &'static Projector,
    replay: &Replay,
    subject: Uuid,
) -> Result<bool, Error> {
    let mut db = connect(pool, &replay.schema).await?;
    let streams: Vec<_> = projector.streams.iter().map(|stream| stream.name.to_owned()).collect();
    let sealed = event_store::sealed_for(&mut db, &[subject], &streams).await?;
    let mut works = Vec::new();
    for (stream, id) in sealed {
        if let Some(stream) = projector.stream(&stream) {
            let work = Kit::again(&mut db, stream, id, replay.position).await?;
            works.extend((!work.facts.is_empty()).then_some(work));
        }
    }
    if works.is_empty() {
        return Ok(false);
    }
    if replay.version != projector.version {
        let (stored, code) = (replay.version, projector.version);
        return Err(Error::Superseded { projector: projector.name, stored, code });
    }
    let kit = Kit::of(&mut db, projector, &replay.schema, ring.clone()).await?;
    let mut tx = db.begin().await?;
    // It may just be filled: what is being written is to be seen, and comes to no deadlock.
    for table in kit.tables() {
        execute(&mut tx, format!("lock table \"{table}\" in share row exclusive mode")).await?;
    }
    kit.apply(&mut tx, &works, true).await?;
    tx.commit().await?;
    Ok(true)
}
