//! Nothing grows for ever.

use std::collections::BTreeSet;

use sqlx::{AssertSqlSafe, Row};
use tests::database::Database;
use workers::{
    Task, Window,
    platform::{RETENTION_RULES, Sweep},
};

/// What stays: the log, what follows from it, and what is bounded by what it belongs to.
const STAYS: &[(&str, &str)] = &[
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
    ("projections.replays", "one for each schema that somebody asked for"),
    ("workers.checkpoints", "one for each worker"),
    ("workers.tasks", "one for each task"),
    ("operations.parked", "operators are told of each, and see to it"),
    ("oauth.links", "one for each account elsewhere"),
    ("identity_store.used_proofs", "a few for each user"),
];

/// One row for each table that is swept, with its time.
const ROWS: &[(&str, &str)] = &[
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
        "edge.refusals",
        "(at, actor, role, method, path, trace)
         values ($1, gen_random_uuid(), 'admin', 'GET', '/', gen_random_uuid())",
    ),
    (
        "edge.usage",
        "(day, version, client, requests) values ($1::date, 'v1', gen_random_uuid(), 1)",
    ),
];

#[tokio::test]
async fn what_is_kept_for_a_while_goes_and_what_is_young_stays() {
    let database = Database::new().await;
    let now = sqlx::query_scalar("select clock_timestamp()").fetch_one(&database.app).await;
    let now: chrono::DateTime<chrono::Utc> = now.unwrap();
    for rule in RETENTION_RULES {
        let (_, row) = ROWS.iter().find(|(table, _)| *table == rule.table).unwrap();
        for age in ["interval '2 days'", "-interval '2 days'"] {
            // Two days older than it may become, and two days younger.
            let at = format!("select $1::timestamptz - interval '{}' - {age}", rule.age);
            let at = sqlx::query(AssertSqlSafe(at)).bind(now).fetch_one(&database.owner).await;
            let at: chrono::DateTime<chrono::Utc> = at.unwrap().get(0);
            let insert = AssertSqlSafe(format!("insert into {} {row}", rule.table));
            sqlx::query(insert).bind(at).execute(&database.owner).await.unwrap();
        }
    }
    // What a rebuild left that was killed.
    let left = "create schema crm_customer__next; create table crm_customer__next.customers ()";
    sqlx::raw_sql(left).execute(&database.app).await.unwrap();
    // As the application: it has the right to.
    let sweep = Sweep::new(database.app.clone());
    sweep.run(Window { from: now, until: now }).await.unwrap();
    for rule in RETENTION_RULES {
        let old = format!(
            "select count(*), count(*) filter (where {} < $1 - interval '{}') from {}",
            rule.column, rule.age, rule.table
        );
        let left = sqlx::query(AssertSqlSafe(old)).bind(now).fetch_one(&database.owner).await;
        let left = left.unwrap();
        assert_eq!((left.get::<i64, _>(0), left.get::<i64, _>(1)), (1, 0), "{}", rule.table);
    }

    // And nothing was forgotten: what is neither swept nor known to be bounded grows for ever.
    let tables: Vec<String> = sqlx::query_scalar(
        "select schemaname || '.' || tablename from pg_tables
         where schemaname not in ('pg_catalog', 'information_schema', 'public')",
    )
    .fetch_all(&database.owner)
    .await
    .unwrap();
    let stays = STAYS.iter().map(|(table, _)| *table);
    let known: BTreeSet<_> = RETENTION_RULES.iter().map(|rule| rule.table).chain(stays).collect();
    let forgotten: Vec<_> = tables.iter().filter(|table| !known.contains(table.as_str())).collect();
    assert!(forgotten.is_empty(), "swept when? {forgotten:?}");
    database.stop().await;
}
