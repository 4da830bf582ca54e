//! Rebuilding a read model beside the live one.

use std::time::{Duration, Instant};

use lease::Leases;
use sealing::KeyRing;
use sqlx::{Connection, PgConnection, PgPool};

use crate::{
    Checkpoint, Error, Projector, TableDifference, all_projectors,
    analyst::update_views,
    checkpoint::{EventDigest, digest_events},
    compare::{differences, table_digests},
    filler::{FillProgress, SchemaFiller},
    live::{LiveModel, writer_pool},
    replays::EventSelection,
    schema::{
        BRIEF_LOCKS, connect_to_schema, create_schema, drop_schema, drop_schema_statement,
        execute_statement, is_lock_timeout,
    },
};

/// How many events are applied at once while catching up.
const BATCH_SIZE: usize = 2_000;

/// The result of a rebuild.
#[derive(Debug, Clone)]
pub struct RebuildReport {
    /// How many events were folded.
    pub events: u64,
    pub elapsed: Duration,
    /// The read model contains everything up to here.
    pub position: i64,
    /// The tables that differ from the live ones; `None` if there was no live read model of the same
    /// version to compare with.
    pub differences: Option<Vec<TableDifference>>,
    /// How many streams could not be folded to their end.
    pub parked: usize,
}

/// Fills `<schema>__next` from the log while the live read model goes on serving, brings it to
/// the live one's position, compares, and swaps the two in one transaction.
///
/// With `only_if_needed` a read model of the version of the code is left as it is.
pub(crate) async fn rebuild(
    pool: &PgPool,
    ring: &KeyRing,
    projector: &'static Projector,
    only_if_needed: bool,
    on_progress: &mut (dyn FnMut(FillProgress) + Send),
) -> Result<Option<RebuildReport>, Error> {
    let live = Checkpoint::find(&mut *pool.acquire().await?, projector.name).await?;
    if only_if_needed && live.is_some_and(|live| live.version == projector.version()) {
        return Ok(None);
    }
    let leases = Leases::new(&pool.connect_options());
    let lease = leases.acquire(&lease_name(projector)).await?;
    let rebuilt = Box::pin(rebuild_as_leader(pool, ring, projector, only_if_needed, on_progress));
    lease.run_while_held(rebuilt).await.map_err(sqlx::Error::from)?
}

/// As [`rebuild`], for the holder of the lease. Another process may have rebuilt it before.
async fn rebuild_as_leader(
    pool: &PgPool,
    ring: &KeyRing,
    projector: &'static Projector,
    only_if_needed: bool,
    on_progress: &mut (dyn FnMut(FillProgress) + Send),
) -> Result<Option<RebuildReport>, Error> {
    // A new key ring: the old one may still cache keys that another process destroyed.
    let ring = KeyRing::new(pool.clone(), ring.master().clone());
    let schema = projector.schema();
    let (next_schema, next_name) = next_names(projector);
    let mut guard = PgConnection::connect_with(&pool.connect_options()).await?;
    let live = Checkpoint::find(&mut guard, projector.name).await?;
    let same_version = live.as_ref().filter(|live| live.version == projector.version());
    match &live {
        Some(live) if only_if_needed && live.version > projector.version() => {
            let (stored, code) = (live.version, projector.version());
            return Err(Error::Superseded { projector: projector.name, stored, code });
        }
        Some(_) if only_if_needed && same_version.is_some() => return Ok(None),
        _ => {}
    }

    let started = Instant::now();
    // Not further than the live one, so that the two can be compared.
    let upto = match same_version {
        Some(live) => live.position,
        None => event_store::head(&mut guard).await?,
    };
    if !finish_swap(&mut guard, projector).await? {
        return Err(Error::OldTablesAreRead(projector.name));
    }
    discard(&mut guard, &next_schema, &next_name).await?;
    create_schema(&mut connect_to_schema(pool, &next_schema).await?, projector, &next_schema, None)
        .await?;
    let mut filler =
        SchemaFiller { pool, ring: &ring, projector, consumer: Some(&next_name), on_progress };
    let events = filler.fill_schema(&next_schema, EventSelection::until(upto)).await?;
    let digest =
        digest_events(&mut guard, &projector.consumed_streams(), EventDigest::default(), 0, upto)
            .await?;
    let checkpoint = Checkpoint {
        name: next_name.clone(),
        schema: next_schema.clone(),
        version: projector.version(),
        generation: 1,
        position: upto,
        digest,
    };
    checkpoint.insert(&mut guard).await?;
    // Connections of its own: it is filled while it keeps the live one from moving.
    let writers = writer_pool(pool.connect_options().as_ref().clone());
    let (mut next, _) = LiveModel::open(&writers, projector, &next_name, ring.clone()).await?;
    if same_version.is_none() {
        let head = event_store::head(&mut guard).await?;
        next.catch_up(&mut guard, head, BATCH_SIZE).await?;
    }

    let mut tx = guard.begin().await?;
    let locked = Checkpoint::lock(&mut tx, projector.name).await?.map(|(live, _)| live);
    // The live one does not move while its checkpoint is locked. Readers that saw its position (also of
    // an older version) must find no less afterwards.
    if let Some(live) = &locked {
        let mut reader = pool.acquire().await?;
        next.catch_up(&mut reader, live.position, BATCH_SIZE).await?;
    }
    let comparable = locked.as_ref().filter(|live| live.version == projector.version());
    let mut found_differences = None;
    if let Some(live) = comparable {
        let rebuilt = table_digests(&mut tx, &next_schema).await?;
        found_differences =
            Some(differences(&table_digests(&mut tx, &live.schema).await?, &rebuilt));
    }
    let (position, parked) = swap(&mut tx, &schema, &next_schema, projector, locked).await?;
    tx.commit().await?;
    finish_swap(&mut guard, projector).await?;
    let elapsed = started.elapsed();
    Ok(Some(RebuildReport { events, elapsed, position, differences: found_differences, parked }))
}

/// Puts the new schema in the place of the old one. Renaming needs no lock on the tables, so readers go
/// on. Returns its position and its number of parked streams.
async fn swap(
    db: &mut PgConnection,
    schema: &str,
    next: &str,
    projector: &Projector,
    live: Option<Checkpoint>,
) -> Result<(i64, usize), Error> {
    let next_name = format!("{}__next", projector.name);
    let (checkpoint, parked) = Checkpoint::lock(db, &next_name)
        .await?
        .ok_or_else(|| Error::NotBuilt(next_name.clone()))?;
    if live.is_some() {
        let old = old_schema(projector);
        execute_statement(db, format!("alter schema \"{schema}\" rename to \"{old}\"")).await?;
    } else {
        drop_schema(db, schema).await?;
    }
    execute_statement(db, format!("alter schema \"{next}\" rename to \"{schema}\"")).await?;
    let generation = live.map_or(1, |live| live.generation + 1);
    // The operators were already notified of streams that were parked before.
    sqlx::query(
        "update operations.parked again set parked_at = once.parked_at, notified_at = once.notified_at
         from operations.parked once where again.consumer = $2 and once.consumer = $1
             and (again.stream, again.id, again.version) = (once.stream, once.id, once.version)",
    )
    .bind(projector.name)
    .bind(&next_name)
    .execute(&mut *db)
    .await?;
    forget_state(db, projector.name).await?;
    let position = checkpoint.position;
    let (name, schema) = (projector.name.to_owned(), schema.to_owned());
    Checkpoint { name, schema, generation, ..checkpoint }.insert(db).await?;
    sqlx::query("update operations.parked set consumer = $2 where consumer = $1")
        .bind(&next_name)
        .bind(projector.name)
        .execute(&mut *db)
        .await?;
    forget_state(db, &next_name).await?;
    Ok((position, parked.len()))
}

/// Makes the views of analysts on the new tables, and drops the old ones. Whether it could: who still reads the old
/// ones is waited for no longer than a moment, and the sweep tries again.
async fn finish_swap(db: &mut PgConnection, projector: &'static Projector) -> sqlx::Result<bool> {
    // Before the old tables, on which these views stand, are dropped with them.
    if !update_views(db, projector).await {
        return Ok(false);
    }
    let drop = drop_schema_statement(&old_schema(projector));
    match execute_statement(db, format!("{BRIEF_LOCKS}; {drop}")).await {
        Err(why) if is_lock_timeout(&why) => {
            tracing::warn!(projector = projector.name, "its old tables are still read");
            Ok(false)
        }
        dropped => dropped.map(|()| true),
    }
}

/// Deletes a checkpoint and its parked streams.
async fn forget_state(db: &mut PgConnection, name: &str) -> sqlx::Result<()> {
    for statement in [
        "delete from operations.parked where consumer = $1",
        "delete from projections.checkpoints where name = $1",
    ] {
        sqlx::query(statement).bind(name).execute(&mut *db).await?;
    }
    Ok(())
}

/// The schema and the checkpoint's name of a rebuild.
fn next_names(projector: &Projector) -> (String, String) {
    (format!("{}__next", projector.schema()), format!("{}__next", projector.name))
}

/// The schema of the tables that a rebuild has replaced.
fn old_schema(projector: &Projector) -> String {
    format!("{}__old", projector.schema())
}

/// The lease that a rebuild holds.
fn lease_name(projector: &Projector) -> String {
    format!("rebuild/{}", projector.name)
}

/// Removes what rebuilds left behind, unfinished or while it was read: erasures do not reach it.
pub async fn discard_unfinished_rebuilds(pool: &PgPool) -> sqlx::Result<()> {
    let mut db = PgConnection::connect_with(&pool.connect_options()).await?;
    let query = "select nspname::text from pg_namespace where nspname ~ '__(next|old)$'";
    let schemas: Vec<String> = sqlx::query_scalar(query).fetch_all(&mut db).await?;
    let leases = Leases::new(&pool.connect_options());
    for projector in all_projectors() {
        let (schema, name) = next_names(projector);
        let is_unfinished = schemas.contains(&schema);
        if !is_unfinished && !schemas.contains(&old_schema(projector)) {
            continue;
        }
        if let Some(lease) = leases.try_acquire(&lease_name(projector)).await? {
            tracing::info!(projector = projector.name, "what a rebuild left behind is removed");
            let clean = async {
                finish_swap(&mut db, projector).await?;
                if is_unfinished { discard(&mut db, &schema, &name).await } else { Ok(()) }
            };
            lease.run_while_held(clean).await.map_err(sqlx::Error::from)??;
        }
    }
    Ok(())
}

async fn discard(db: &mut PgConnection, schema: &str, name: &str) -> sqlx::Result<()> {
    forget_state(db, name).await?;
    drop_schema(db, schema).await
}
