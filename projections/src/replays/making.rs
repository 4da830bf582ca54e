//! Makes a replay.

use aws_lc_rs::hmac::{Context, HMAC_SHA256, Key};
use chrono::{DateTime, Utc};
use domain::{
    analytics::{ReplayId, replay::is_name},
    to_hexadecimal,
};
use sealing::KeyRing;
use sqlx::{Connection, PgConnection, PgPool, types::Json};
use uuid::Uuid;

use super::{
    Replay, ReplayEnd, ReplayReport, ReplayRequest, ReplayTable, ReplayedModel,
    counterfactual::is_changed, drop_leftovers_of_name, drop_run, erasure::erase_from_replay,
    let_in, views::make_views,
};
use crate::{
    Error, Projector,
    analyst::{ANALYSTS, counterfactual_comment, literal},
    compare::table_digests,
    filler::{FillProgress, SchemaFiller},
    schema::{create_schema, enter_schema, execute_statement},
};

/// How long it waits for another one of its name, as Postgres writes intervals.
const MAX_WAIT: &str = "15s";

/// Makes the schemas of a replay and fills them.
pub(crate) async fn replay(
    pool: &PgPool,
    ring: &KeyRing,
    request: &ReplayRequest,
    on_progress: &mut (dyn FnMut(FillProgress) + Send),
) -> Result<ReplayReport, Error> {
    let mut db = PgConnection::connect_with(&pool.connect_options()).await?;
    lock_name(&mut db, &request.name).await?;
    if request.id.is_some() {
        drop_leftovers_of_name(&mut db, &request.name).await?;
    }
    check_names(&mut db, request).await?;
    let (as_of, position) = end_of_replay(&mut db, request).await?;
    let ring = KeyRing::new(pool.clone(), ring.master().clone());
    // People who were erased before this position have no key any more that could be used.
    let started_at = event_store::head(&mut db).await?;
    let run = Uuid::now_v7();
    let models = create_schemas(&mut db, request, (as_of, position), run).await?;
    match fill(pool, &ring, (&models, started_at), on_progress).await {
        Ok((digest, tables)) => {
            let replays = models.into_iter().map(|(_, replay)| replay);
            let replays = replays.filter(|replay| !replay.is_actual).collect();
            Ok(ReplayReport { replays, tables, digest })
        }
        Err(why) => {
            // Another process may make it by now, under the same name.
            drop_run(&mut db, run).await?;
            Err(why)
        }
    }
}

/// Until the connection ends, nobody else makes a replay of this name: whoever did may not have noticed yet that it was
/// given up.
async fn lock_name(db: &mut PgConnection, name: &str) -> sqlx::Result<()> {
    let wait = "select set_config('lock_timeout', $1, false)";
    sqlx::query(wait).bind(MAX_WAIT).execute(&mut *db).await?;
    let lock = "select pg_advisory_lock(hashtextextended('replay ' || $1, 0))";
    sqlx::query(lock).bind(name).execute(&mut *db).await?;
    sqlx::query(wait).bind("0").execute(db).await?;
    Ok(())
}

async fn check_names(db: &mut PgConnection, request: &ReplayRequest) -> Result<(), Error> {
    let name = &request.name;
    if !is_name(name) {
        return Err(Error::InvalidSchemaName(name.clone()));
    }
    let exists = "select to_regnamespace(quote_ident($1)) is not null
         or exists (select from pg_roles where rolname = $1)";
    if sqlx::query_scalar(exists).bind(name).fetch_one(&mut *db).await? {
        return Err(Error::SchemaExists(name.clone()));
    }
    let Some(analyst) = &request.personal_for else { return Ok(()) };
    let is_analyst = "select exists (select from pg_roles r where r.rolname = $1 and r.rolcanlogin
         and not r.rolsuper and pg_has_role(r.oid, 'servicebook_analyst', 'member'))";
    let is_analyst: bool = sqlx::query_scalar(is_analyst).bind(analyst).fetch_one(db).await?;
    if is_analyst { Ok(()) } else { Err(Error::UnknownAnalyst(analyst.clone())) }
}

/// The moment, and the position with which the replay ends. A position, not a time, so that no aggregate
/// lacks earlier events: where a clock was ahead and set back, events with a date too late count with those
/// that follow them.
async fn end_of_replay(
    db: &mut PgConnection,
    request: &ReplayRequest,
) -> Result<(DateTime<Utc>, i64), Error> {
    let head = event_store::head(&mut *db).await?;
    match request.until {
        ReplayEnd::Moment(moment) => {
            // A clock may have been ahead when the last event was recorded.
            let is_over = "select $1 <= greatest(clock_timestamp(),
                 (select recorded_at from event_store.events order by position desc limit 1))";
            if !sqlx::query_scalar(is_over).bind(moment).fetch_one(&mut *db).await? {
                return Err(Error::Future(moment.to_string()));
            }
            // What took effect by then may have been recorded later.
            let end =
                if request.effective { head } else { event_store::head_at(db, moment).await? };
            Ok((moment, end))
        }
        ReplayEnd::Position(position) => {
            let recorded = event_store::recorded_at(&mut *db, position).await?;
            let as_of = recorded.ok_or_else(|| {
                Error::Future(format!("the position {position}: the log ends with {head}, and"))
            })?;
            Ok((as_of, if request.effective { head } else { position }))
        }
    }
}

/// In one transaction, so that no erasure misses the new schemas.
async fn create_schemas(
    db: &mut PgConnection,
    request: &ReplayRequest,
    end: (DateTime<Utc>, i64),
    run: Uuid,
) -> Result<Vec<ReplayedModel>, Error> {
    let reader = request.personal_for.as_deref().unwrap_or(ANALYSTS);
    let mut tx = db.begin().await?;
    execute_statement(&mut tx, format!("create schema \"{}\"", request.name)).await?;
    let_in(&mut tx, &request.name, reader).await?;
    label_schema(&mut tx, request, &request.name).await?;
    let mut models = Vec::with_capacity(request.projectors.len());
    for projector in request.projectors.iter().copied() {
        let schema = format!("{}__{}", request.name, projector.schema());
        let scenario = request.scenario.as_ref();
        let is_compared = scenario.is_some_and(|scenario| is_changed(projector, scenario));
        let actual = is_compared.then(|| (format!("{schema}_base"), true));
        for (schema, is_actual) in [(schema, false)].into_iter().chain(actual) {
            enter_schema(&mut tx, &schema).await?;
            create_schema(&mut tx, projector, &schema, Some(end.0)).await?;
            if !is_actual {
                label_schema(&mut tx, request, &schema).await?;
            }
            let place = (projector, schema, reader, is_actual);
            models.push((projector, record_replay(&mut tx, request, place, end, run).await?));
        }
    }
    tx.commit().await?;
    Ok(models)
}

/// Says of a schema that it is of a scenario, if it is (ANA-4).
async fn label_schema(
    db: &mut PgConnection,
    request: &ReplayRequest,
    schema: &str,
) -> sqlx::Result<()> {
    let Some(scenario) = &request.scenario else { return Ok(()) };
    let comment = counterfactual_comment(scenario.label.as_str(), "What was never so.");
    execute_statement(db, format!("comment on schema \"{schema}\" is {}", literal(&comment))).await
}

async fn record_replay(
    db: &mut PgConnection,
    request: &ReplayRequest,
    (projector, schema, reader, is_actual): (&Projector, String, &str, bool),
    (as_of, position): (DateTime<Utc>, i64),
    run: Uuid,
) -> sqlx::Result<Replay> {
    let insert = sqlx::query_as(
        "insert into projections.replays
             (name, schema, projector, version, as_of, effective, since, position, reader, personal, id,
              run, scenario, baseline)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) returning *",
    );
    let insert =
        insert.bind(&request.name).bind(schema).bind(projector.name).bind(projector.version);
    let insert = insert.bind(as_of).bind(request.effective).bind(request.since).bind(position);
    let insert = insert.bind(reader).bind(request.personal_for.is_some());
    let insert = insert.bind(request.id.map(ReplayId::uuid)).bind(run);
    insert.bind(request.scenario.as_ref().map(Json)).bind(is_actual).fetch_one(db).await
}

/// Fills the tables and makes the views. Returns the digest of the tables, and these.
async fn fill(
    pool: &PgPool,
    ring: &KeyRing,
    (models, started_at): (&[ReplayedModel], i64),
    on_progress: &mut (dyn FnMut(FillProgress) + Send),
) -> Result<(String, Vec<ReplayTable>), Error> {
    let mut db = PgConnection::connect_with(&pool.connect_options()).await?;
    let mut policies = None;
    for (projector, replay) in models {
        let selection = replay.selection(&mut db, projector, &mut policies).await?;
        let mut filler = SchemaFiller { pool, ring, projector, consumer: None, on_progress };
        filler.fill_schema(&replay.schema, selection).await?;
        // Their rows may have been written after the erasure had gone through all other replays.
        for subject in event_store::erased_subjects(&mut db, started_at).await? {
            ring.mark_destroyed(subject);
            erase_from_replay(pool, ring, projector, replay, subject).await?;
        }
    }
    let (mut digest, mut tables) = (digest_context(&mut db).await?, vec![]);
    for (projector, replay) in models.iter().filter(|(_, replay)| !replay.is_actual) {
        for table in table_digests(&mut db, &replay.schema).await? {
            let line = format!("{} {} {}\n", projector.name, table.table, table.sha256);
            digest.update(line.as_bytes());
            let (read_model, rows) = (projector.name, table.rows);
            tables.push(ReplayTable { read_model, table: table.table, rows });
        }
    }
    make_views(&mut db, models).await?;
    Ok((to_hexadecimal(digest.sign().as_ref()), tables))
}

/// Keyed, so that nobody finds out by trying what is in a table of which they see pseudonyms.
async fn digest_context(db: &mut PgConnection) -> sqlx::Result<Context> {
    let key = "select key from projections.pseudonym_key";
    let key: Vec<u8> = sqlx::query_scalar(key).fetch_one(db).await?;
    Ok(Context::with_key(&Key::new(HMAC_SHA256, &key)))
}
