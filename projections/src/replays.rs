//! Replays: read models as they were at a moment, in schemas of their own. Lists them, and erases people
//! from them.

use chrono::{DateTime, Utc};
use sealing::KeyRing;
use sqlx::{Connection, FromRow, PgConnection, PgPool};
use uuid::Uuid;

use crate::{
    Error, Projector,
    batch::SchemaWriter,
    registry::projector_named,
    schema::{connect_to_schema, drop_schema, execute_statement},
};

/// A read model as it was at a moment.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Replay {
    /// The schema that holds it.
    pub schema: String,
    /// The read model, by the name of its projector.
    pub projector: String,
    /// The version of the projector that filled it.
    pub version: i32,
    pub as_of: DateTime<Utc>,
    /// It contains the events up to here.
    pub position: i64,
}

/// What was done to a replay that held data of an erased person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErasureOutcome {
    /// The person's data is blank in it.
    Blanked,
    /// It was dropped, since its tables are older than the code.
    Dropped,
}

/// All replays whose schemas still exist; records of dropped schemas are removed.
pub(crate) async fn list_replays(db: &mut PgConnection) -> sqlx::Result<Vec<Replay>> {
    sqlx::query(
        "delete from projections.replays where to_regnamespace(quote_ident(schema)) is null",
    )
    .execute(&mut *db)
    .await?;
    let query =
        "select schema, projector, version, as_of, position from projections.replays order by 1";
    sqlx::query_as(query).fetch_all(db).await
}

/// Records a replay, in the transaction that creates its schema.
pub(crate) async fn record_replay(db: &mut PgConnection, replay: &Replay) -> sqlx::Result<()> {
    let insert = "insert into projections.replays (schema, projector, version, as_of, position)
         values ($1, $2, $3, $4, $5) on conflict (schema) do update
         set projector = $2, version = $3, as_of = $4, position = $5, made_at = now()";
    let insert =
        sqlx::query(insert).bind(&replay.schema).bind(&replay.projector).bind(replay.version);
    insert.bind(replay.as_of).bind(replay.position).execute(db).await.map(drop)
}

/// Erases a person from all replays. Returns the replays that held data of the person.
pub(crate) async fn erase_from_all_replays(
    pool: &PgPool,
    ring: &KeyRing,
    subject: Uuid,
) -> Result<Vec<(Replay, ErasureOutcome)>, Error> {
    ring.mark_destroyed(subject);
    let mut db = PgConnection::connect_with(&pool.connect_options()).await?;
    let mut changed = Vec::new();
    for replay in list_replays(&mut db).await? {
        let erased = match projector_named(&replay.projector) {
            Ok(projector) => erase_from_replay(pool, ring, projector, &replay, subject).await,
            Err(why) => Err(why),
        };
        match erased {
            Ok(false) => {}
            Ok(true) => changed.push((replay, ErasureOutcome::Blanked)),
            // Only the newer version can change what it filled.
            Err(why @ Error::Superseded { stored, code, .. }) if stored > code => return Err(why),
            Err(
                why @ (Error::Superseded { .. }
                | Error::IncompatibleRows { .. }
                | Error::UnknownProjector { .. }),
            ) => {
                tracing::warn!(schema = replay.schema, "a replay is dropped: {why}");
                drop_schema(&mut db, &replay.schema).await?;
                changed.push((replay, ErasureOutcome::Dropped));
            }
            Err(why) => return Err(why),
        }
    }
    Ok(changed)
}

/// Folds the aggregates of one replay that hold data of a person again, without the person's key.
/// The ring must have dropped the key. Returns whether there were any.
pub(crate) async fn erase_from_replay(
    pool: &PgPool,
    ring: &KeyRing,
    projector: &'static Projector,
    replay: &Replay,
    subject: Uuid,
) -> Result<bool, Error> {
    let mut db = connect_to_schema(pool, &replay.schema).await?;
    let streams: Vec<_> = projector.streams.iter().map(|stream| stream.name.to_owned()).collect();
    let sealed = event_store::aggregates_sealed_for(&mut db, &[subject], &streams).await?;
    let mut aggregates = Vec::new();
    for (stream, id) in sealed {
        if let Some(stream) = projector.stream(&stream) {
            let aggregate =
                SchemaWriter::load_for_refolding(&mut db, stream, id, replay.position).await?;
            aggregates.extend((!aggregate.events.is_empty()).then_some(aggregate));
        }
    }
    if aggregates.is_empty() {
        return Ok(false);
    }
    if replay.version != projector.version {
        let (stored, code) = (replay.version, projector.version);
        return Err(Error::Superseded { projector: projector.name, stored, code });
    }
    let writer = SchemaWriter::open(&mut db, projector, &replay.schema, ring.clone()).await?;
    let mut tx = db.begin().await?;
    // It may be filled at this moment: wait for those transactions, without a deadlock.
    for table in writer.tables() {
        execute_statement(&mut tx, format!("lock table \"{table}\" in share row exclusive mode"))
            .await?;
    }
    writer.apply(&mut tx, &aggregates, true).await?;
    tx.commit().await?;
    Ok(true)
}
