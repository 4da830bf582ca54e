//! Every table is bounded: it is swept by a retention rule, or listed here with a reason.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Instant,
};

use chrono::TimeDelta;
use sqlx::{AssertSqlSafe, Row};
use tests::database::Database;
use workers::{
    Task, Window,
    platform::{RETENTION_RULES, RetentionSweep},
};

/// Tables that are not swept, and why they do not grow for ever.
const BOUNDED_TABLES: &[(&str, &str)] = &[
    ("event_store.events", "the log"),
    ("event_store.claims", "what aggregates hold"),
    ("event_store.time_claims", "what aggregates hold"),
    ("event_store.counters", "one for each kind of number"),
    ("event_store.sealed_elsewhere", "follows from the log"),
    ("event_store.segments", "follows from the log"),
    ("key_store.subjects", "one for each person"),
    ("key_store.signing", "a few a year"),
    ("key_store.masters", "one for each rotation"),
    ("key_store.secret", "one"),
    ("projections.checkpoints", "one for each read model"),
    ("projections.analyst_views", "one for each read model"),
    ("projections.pseudonym_key", "one"),
    ("projections.replays", "one for each schema that somebody asked for"),
    ("workers.checkpoints", "one for each worker"),
    ("workers.tasks", "one for each task"),
    ("operations.parked", "operators are told of each, and see to it"),
    ("oauth.links", "one for each account elsewhere"),
    ("identity_store.used_proofs", "a few for each user"),
];

/// How to insert a row into each table that is swept; `$1` is its time.
const SAMPLE_ROWS: &[(&str, &str)] = &[
    (
        "event_store.idempotency",
        "(scope, key, body, id, version, position, recorded_at)
         values (gen_random_uuid(), gen_random_uuid()::text::bytea, '', gen_random_uuid(), 1, 1, $1)",
    ),
    (
        "identity_store.refresh_tokens",
        "(session, generation, digest, until, rests_until)
         values (gen_random_uuid(), 0, '', $1, $1)",
    ),
    ("identity_store.ceremonies", "(id, state, until) values (gen_random_uuid(), '{}', $1)"),
    (
        "identity_store.attempts",
        "(bucket, failures, last) values (gen_random_uuid()::text::bytea, 1, $1)",
    ),
    ("identity_store.failed_sign_ins", "(at, position, trace) values ($1, 0, gen_random_uuid())"),
    (
        "oauth.codes",
        "(digest, client, agreed, expires_at)
         values (gen_random_uuid()::text::bytea, gen_random_uuid(), '{}', $1)",
    ),
    (
        "audit.refusals",
        "(at, actor, role, method, path, trace)
         values ($1, gen_random_uuid(), 'admin', 'GET', '/', gen_random_uuid())",
    ),
    (
        "audit.exports",
        "(at, actor, role, path, query, format, rows, position)
         values ($1, gen_random_uuid(), 'admin', '/', '', 'csv', 1, 1)",
    ),
    (
        "jobs.runs",
        "(id, run, until) values (gen_random_uuid(), gen_random_uuid(), $1)",
    ),
    (
        "uploads.uploads",
        "(id, owner, name, media_type, length, expires_at)
         values (gen_random_uuid(), gen_random_uuid(), '', 'text/plain', 1, $1)",
    ),
    (
        "audit.usage",
        "(day, version, client, requests) values ($1::date, 'v1', gen_random_uuid(), 1)",
    ),
];

#[tokio::test]
async fn expired_rows_are_swept_young_ones_stay_and_every_table_is_covered() {
    let database = Database::new().await;
    let now = sqlx::query_scalar("select clock_timestamp()").fetch_one(&database.app).await;
    let now: chrono::DateTime<chrono::Utc> = now.unwrap();
    for rule in RETENTION_RULES {
        let (_, row) = SAMPLE_ROWS.iter().find(|(table, _)| *table == rule.table).unwrap();
        for age in ["interval '2 days'", "-interval '2 days'"] {
            // Two days older than it may become, and two days younger.
            let at = format!("select $1::timestamptz - interval '{}' - {age}", rule.age);
            let at = sqlx::query(AssertSqlSafe(at)).bind(now).fetch_one(&database.owner).await;
            let at: chrono::DateTime<chrono::Utc> = at.unwrap().get(0);
            let insert = AssertSqlSafe(format!("insert into {} {row}", rule.table));
            sqlx::query(insert).bind(at).execute(&database.owner).await.unwrap();
        }
    }
    // The tables of a rebuild that was killed.
    let leftover = "create schema crm_customer__next; create table crm_customer__next.customers ()";
    sqlx::raw_sql(leftover).execute(&database.app).await.unwrap();
    // As the application's role, which must have the right.
    let sweep = |commands| RetentionSweep::new(commands, database.app.clone());
    let counts = async || {
        let mut counts = Vec::new();
        for rule in RETENTION_RULES {
            let count = AssertSqlSafe(format!("select count(*) from {}", rule.table));
            let count: i64 = sqlx::query_scalar(count).fetch_one(&database.owner).await.unwrap();
            counts.push(count);
        }
        counts
    };
    let all = counts().await;
    // A clock that is ahead for a moment, wherever it is: that of the database, or of this process.
    let jump = Window { from: now - TimeDelta::days(3), until: now + TimeDelta::days(3650) };
    sweep(database.commands()).run(jump).await.unwrap();
    let ahead = database.commands_with(Arc::new(move || now + TimeDelta::days(2)), true);
    let window = Window { from: now + TimeDelta::days(2), until: now + TimeDelta::days(2) };
    let refused = sweep(ahead).run(window).await.unwrap_err();
    assert!(refused.to_string().contains("in the database"), "{refused}");
    // One that jumps again and again: what the window before took for the time was a jump as well.
    let offset = Arc::new(AtomicI64::new(0));
    let shown = Arc::clone(&offset);
    let begun = Instant::now();
    let unsteady = database.commands_with(
        Arc::new(move || now + begun.elapsed() + TimeDelta::days(shown.load(Ordering::Relaxed))),
        true,
    );
    let unsteady_sweep = sweep(unsteady.clone());
    for days in [3, 0] {
        offset.store(days, Ordering::Relaxed);
        assert!(unsteady.clock_has_jumped_within(RetentionSweep::EVERY));
    }
    let jumped = now + TimeDelta::days(3);
    unsteady_sweep.run(Window { from: jumped, until: jumped }).await.unwrap();
    assert_eq!(counts().await, all, "nothing is deleted by a clock that jumped");

    let sweep = sweep(database.commands());
    sweep.run(Window { from: now, until: now }).await.unwrap();
    for rule in RETENTION_RULES {
        let old = format!(
            "select count(*), count(*) filter (where {} < $1 - interval '{}') from {}",
            rule.column, rule.age, rule.table
        );
        let counts = sqlx::query(AssertSqlSafe(old)).bind(now).fetch_one(&database.owner).await;
        let counts = counts.unwrap();
        assert_eq!((counts.get::<i64, _>(0), counts.get::<i64, _>(1)), (1, 0), "{}", rule.table);
    }

    // Every table is covered.
    let tables: Vec<String> = sqlx::query_scalar(
        "select schemaname || '.' || tablename from pg_tables
         where schemaname not in ('pg_catalog', 'information_schema', 'public')",
    )
    .fetch_all(&database.owner)
    .await
    .unwrap();
    let bounded = BOUNDED_TABLES.iter().map(|(table, _)| *table);
    let covered: BTreeSet<_> =
        RETENTION_RULES.iter().map(|rule| rule.table).chain(bounded).collect();
    let unbounded: Vec<_> =
        tables.iter().filter(|table| !covered.contains(table.as_str())).collect();
    assert!(unbounded.is_empty(), "swept when? {unbounded:?}");
    database.stop().await;
}
