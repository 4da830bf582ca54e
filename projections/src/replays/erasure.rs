//! Erases people from replays.

use sealing::KeyRing;
use sqlx::{Connection, PgConnection, PgPool};
use uuid::Uuid;

use super::{Replay, list_replays, views::compare_again};
use crate::{
    Error, Projector,
    batch::SchemaWriter,
    registry::projector_named,
    schema::{connect_to_schema, drop_schema, execute_statement},
};

/// What was done to a replay that held data of an erased person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErasureOutcome {
    /// The person's data is blank in it.
    Blanked,
    /// It was dropped, since its tables or its scenario are of another version than the code.
    Dropped,
}

/// Erases a person from all replays. Returns the read models of replays that held data of the person.
pub(crate) async fn erase_from_all_replays(
    pool: &PgPool,
    ring: &KeyRing,
    subject: Uuid,
) -> Result<Vec<(Replay, ErasureOutcome)>, Error> {
    ring.mark_destroyed(subject);
    let mut db = PgConnection::connect_with(&pool.connect_options()).await?;
    let mut changed: Vec<(Replay, ErasureOutcome)> = Vec::new();
    for replay in list_replays(&mut db).await? {
        // What it is compared with is no replay of its own.
        let before = changed
            .iter_mut()
            .find(|(other, _)| other.name == replay.name && other.projector == replay.projector);
        if before.as_ref().is_some_and(|(_, outcome)| *outcome == ErasureOutcome::Dropped) {
            continue;
        }
        let erased = match projector_named(&replay.projector) {
            Ok(projector) => erase_from_replay(pool, ring, projector, &replay, subject).await,
            Err(why) => Err(why),
        };
        let Some(outcome) = outcome(&mut db, &replay, erased).await? else { continue };
        match before {
            Some((_, before)) => *before = outcome,
            None => changed.push((replay, outcome)),
        }
    }
    Ok(changed)
}

/// What was done to a read model; drops it, if it cannot be erased from. Returns nothing, if nothing was done.
async fn outcome(
    db: &mut PgConnection,
    replay: &Replay,
    erased: Result<bool, Error>,
) -> Result<Option<ErasureOutcome>, Error> {
    match erased {
        Ok(changed) => Ok(changed.then_some(ErasureOutcome::Blanked)),
        // Only the newer version can change what it filled.
        Err(why @ Error::Superseded { stored, code, .. }) if stored > code => Err(why),
        Err(
            why @ (Error::Superseded { .. }
            | Error::IncompatibleRows { .. }
            | Error::UnknownProjector { .. }
            | Error::UnreadableScenario { .. }),
        ) => {
            tracing::warn!(schema = replay.schema, "a replay is dropped: {why}");
            drop_read_model(db, replay).await?;
            Ok(Some(ErasureOutcome::Dropped))
        }
        Err(why) => Err(why),
    }
}

/// Folds the aggregates of one replay that hold data of a person again, without the person's key.
/// The ring must have dropped the key. Returns whether there were any.
pub(super) async fn erase_from_replay(
    pool: &PgPool,
    ring: &KeyRing,
    projector: &'static Projector,
    replay: &Replay,
    subject: Uuid,
) -> Result<bool, Error> {
    let mut db = connect_to_schema(pool, &replay.schema).await?;
    let streams = projector.stream_names();
    let sealed = event_store::aggregates_sealed_for(&mut db, &[subject], &streams).await?;
    if sealed.is_empty() {
        return Ok(false);
    }
    let selection = replay.selection(&mut db, projector, &mut None).await?;
    let mut aggregates = Vec::new();
    for (stream, id) in sealed {
        if let Some(stream) = projector.stream(&stream) {
            let mut aggregate =
                SchemaWriter::load_for_refolding(&mut db, stream, id, replay.position).await?;
            aggregate.events = selection.select(aggregate.events);
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

/// Drops a read model of a replay, and what it is compared with. The others are compared as before.
async fn drop_read_model(db: &mut PgConnection, dropped: &Replay) -> sqlx::Result<()> {
    let delete =
        "delete from projections.replays where name = $1 and projector = $2 returning schema";
    let delete = sqlx::query_scalar(delete).bind(&dropped.name).bind(&dropped.projector);
    let mut tx = db.begin().await?;
    let schemas: Vec<String> = delete.fetch_all(&mut *tx).await?;
    for schema in schemas {
        drop_schema(&mut tx, &schema).await?;
    }
    let is_any_left = "select exists (select from projections.replays where name = $1)";
    let is_any_left = sqlx::query_scalar(is_any_left).bind(&dropped.name);
    if !is_any_left.fetch_one(&mut *tx).await? {
        drop_schema(&mut tx, &dropped.name).await?;
    }
    tx.commit().await?;
    // The comparison stood on its tables. That somebody is erased is worth more.
    if let Err(why) = compare_again(db, &dropped.name).await {
        tracing::error!(replay = dropped.name, "it is not compared any more: {why}");
    }
    Ok(())
}
