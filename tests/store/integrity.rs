//! Changes to the log that bypass the program are found, by `verify` and from an export alone.

use std::{
    path::Path,
    process::{Command, Output},
    time::{Duration, Instant},
};

use commands::{CommandEnvelope, Handler};
use domain::{
    Id,
    crm::customer::Customer,
    identity::{Actor, Role},
    organizations::cabinet::Cabinet,
    support::issue::Issue,
};
use reqwest::StatusCode;
use sealing::KeyRing;
use serde_json::{Value, json};
use sqlx::PgPool;
use tests::{database::Database, world::World};
use tokio::time::sleep;
use uuid::Uuid;

use crate::outside::run_python;

/// Exports the log and checks the export with the Python script that comes with the program,
/// against the known hashes of segments.
fn verify_export(world: &World, name: &str, hashes: &[&str]) -> Output {
    let file = world.data().join(name);
    world.cli(&["export", file.to_str().unwrap()]);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let script = root.join("infra/tools/verify_export.py");
    Command::new("python3").arg(script).arg(file).args(hashes).output().unwrap()
}

fn status_and_text(output: &Output) -> (bool, String) {
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

/// The first segment that was published on the bus; waits for it.
async fn published_segment(world: &World) -> Value {
    let begun = Instant::now();
    let stream = world.bus().await.get_stream("SEGMENTS").await.unwrap();
    loop {
        if let Ok(message) = stream.get_raw_message(1).await {
            return serde_json::from_slice(&message.payload).unwrap();
        }
        assert!(begun.elapsed() < Duration::from_mins(1), "{}", world.log());
        sleep(Duration::from_millis(100)).await;
    }
}

async fn change_without_trigger(db: &PgPool, table: &str, trigger: &str, change: &str) {
    let sql = format!(
        "alter table event_store.{table} disable trigger {trigger}; {change};
         alter table event_store.{table} enable trigger {trigger}"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(db).await.unwrap();
}

#[tokio::test]
async fn a_change_that_still_decodes_is_found_by_verify_and_from_an_export() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    for name in ["Anna", "Bert \u{1F600} \"B\"\\", "Clara"] {
        let customer = json!({ "name": name, "walk_in": true });
        admin.post("/customers", customer).await.expect(StatusCode::CREATED);
    }
    world.wait_until_settled().await;
    let db = world.database().await;
    let close = "select hash, last from event_store.close_segment(interval '0')";
    let (hash, last): (Vec<u8>, i64) = sqlx::query_as(close).fetch_one(&db).await.unwrap();
    let message = published_segment(&world).await;
    let published_hash = message["hash"].as_str().unwrap();
    let hex: Vec<_> = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(published_hash, hex.concat());
    assert_eq!(message["last"], json!(last));

    let output = world.cli(&["verify"]);
    assert!(output.contains(&format!("1 segments vouch for everything up to {last}.")), "{output}");
    let (is_sound, output) =
        status_and_text(&verify_export(&world, "whole.jsonl", &[published_hash]));
    assert!(is_sound && output.contains(&format!("vouch for {last} of ")), "{output}");

    // Analysts get the same events as a table.
    let [table, lines] =
        ["whole.parquet", "whole.jsonl"].map(|name| world.data().join(name).display().to_string());
    world.cli(&["export", &table, "--parquet"]);
    let output = run_python("log.py", vec![table, lines]).await;
    assert!(output.starts_with(&format!("{last} events")), "{output}");

    // The application's role cannot change segments.
    for wrong in [
        "insert into event_store.segments values (2, 1, 1, sha256(''), now())",
        "update event_store.segments set first = 2",
        "delete from event_store.segments",
    ] {
        let mut tx = event_store::begin(&db).await.unwrap();
        sqlx::raw_sql("set local role servicebook_app").execute(&mut *tx).await.unwrap();
        let refused = sqlx::raw_sql(wrong).execute(&mut *tx).await.unwrap_err();
        assert!(refused.to_string().contains("permission denied"), "{refused}");
    }
    sqlx::raw_sql("delete from event_store.segments").execute(&db).await.unwrap_err();

    // The owner of the database changes the data of an event.
    let change = "update event_store.events set data = jsonb_set(data, '{walk_in}', 'false')
         where type = 'CustomerCreated' and data -> 'walk_in' = 'true'";
    change_without_trigger(&db, "events", "events_are_never_changed", change).await;
    let (is_sound, output) = status_and_text(&world.try_cli(&["verify"]));
    assert!(!is_sound && output.contains("segment 1: the events from 1 to"), "{output}");
    let (is_sound, output) = status_and_text(&verify_export(&world, "changed.jsonl", &[]));
    assert!(!is_sound && output.contains("are not what was recorded"), "{output}");

    // They also compute the hashes anew: only a hash that was kept elsewhere shows it.
    let again = "update event_store.segments set hash = (
         select sha256(string_agg(sha256(convert_to(event_store.line(e), 'UTF8')), ''
             order by position))
         from event_store.events e where position <= last)";
    change_without_trigger(&db, "segments", "segments_are_never_changed", again).await;
    let (is_sound, output) = status_and_text(&world.try_cli(&["verify"]));
    assert!(
        !is_sound && output.contains("segment 1 on the bus is not the one of the log"),
        "{output}"
    );
    assert!(!output.contains("the events from"), "{output}");
    let (is_sound, output) = status_and_text(&verify_export(&world, "hashed.jsonl", &[]));
    assert!(is_sound, "{output}");
    let (is_sound, output) =
        status_and_text(&verify_export(&world, "hashed.jsonl.2", &[published_hash]));
    assert!(!is_sound && output.contains("does not contain"), "{output}");
    world.stop().await;
}

async fn execute<A: Handler>(database: &Database, id: Uuid, role: Role, command: Value) {
    let actor = Actor::new(Uuid::from_u128(1), role);
    let command: A::Command = serde_json::from_value(command).unwrap();
    let envelope = CommandEnvelope::new(Id::<A>::from(id), command, actor)
        .with_idempotency_key(id.to_string(), "");
    database.commands().execute(envelope).await.unwrap();
}

#[tokio::test]
async fn everything_that_contradicts_the_log_is_found() {
    let database = Database::new().await;
    let [acme, anna, bert, first, second] = std::array::from_fn(|_| Uuid::now_v7());
    let cabinet = json!({ "type": "create", "name": "Acme", "tax_id": "DE 123456789" });
    execute::<Cabinet>(&database, acme, Role::Employee, cabinet).await;
    for id in [anna, bert] {
        let customer = json!({ "type": "create", "name": "Somebody", "walk_in": true });
        execute::<Customer>(&database, id, Role::Employee, customer).await;
    }
    for id in [first, second] {
        let issue = json!({
            "type": "open", "title": "No print", "text": "It jams.", "cabinet": acme,
            "reporter": anna,
        });
        execute::<Issue>(&database, id, Role::SupportAgent, issue).await;
    }
    assert_eq!(database.faults().await, [""; 0]);

    for (change, expected) in [
        ("update event_store.counters set last = 3", "of the 3 numbers of issue 1 are nowhere"),
        (
            "update event_store.counters set last = 1",
            "has the number 2 of issue, which others have",
        ),
        ("update event_store.counters set last = 99", "the counter issue stands at 99"),
        ("delete from event_store.claims where what = 'tax_id'", "should hold tax_id and does not"),
        (
            "insert into event_store.claims select what, 'x', stream, id from event_store.claims
             where what = 'tax_id'",
            "holds tax_id and should not",
        ),
        (
            "update event_store.claims set id = gen_random_uuid() where what = 'tax_id'",
            "holds tax_id, and nothing ever happened to it",
        ),
        (
            "update event_store.idempotency set version = 7 where position = 2",
            "at 2, where it is not",
        ),
        ("delete from event_store.sealed_elsewhere", "an erasure would pass it by"),
        ("update key_store.subjects set wrapped = null", "is gone, and nobody erased them"),
        (
            "alter table event_store.events disable trigger events_are_never_changed;
          update event_store.events set version = 2 where position = 2",
            "version 2 follows 0",
        ),
        (
            "alter table event_store.events disable trigger events_are_never_changed;
          delete from event_store.events where position = 2",
            "after position 1 comes 3",
        ),
        (
            "alter table event_store.events disable trigger events_are_never_changed;
          update event_store.events set recorded_at = recorded_at - interval '30 s'
                 where position = 2",
            "2 was recorded before its predecessor",
        ),
        (
            "alter table event_store.events disable trigger events_are_never_changed;
          update event_store.events set data = '{}' where position = 2",
            "missing field",
        ),
    ] {
        let backup = "create schema kept;
             create table kept.events as table event_store.events;
             create table kept.counters as table event_store.counters;
             create table kept.claims as table event_store.claims;
             create table kept.idempotency as table event_store.idempotency;
             create table kept.sealed_elsewhere as table event_store.sealed_elsewhere;
             create table kept.subjects as table key_store.subjects;";
        sqlx::raw_sql(backup).execute(&database.owner).await.unwrap();
        sqlx::raw_sql(change).execute(&database.owner).await.unwrap();
        let faults = database.faults().await;
        assert!(faults.iter().any(|fault| fault.contains(expected)), "{expected}: {faults:?}");
        let restore = "alter table event_store.events disable trigger events_are_never_changed;
             delete from event_store.events; insert into event_store.events table kept.events;
             delete from event_store.counters; insert into event_store.counters table kept.counters;
             delete from event_store.claims; insert into event_store.claims table kept.claims;
             delete from event_store.idempotency;
             insert into event_store.idempotency table kept.idempotency;
             delete from event_store.sealed_elsewhere;
             insert into event_store.sealed_elsewhere table kept.sealed_elsewhere;
             update key_store.subjects s set wrapped = k.wrapped
                 from kept.subjects k where k.subject = s.subject;
             alter table event_store.events enable trigger events_are_never_changed;
             drop schema kept cascade;";
        sqlx::raw_sql(restore).execute(&database.owner).await.unwrap();
    }
    assert_eq!(database.faults().await, [""; 0]);

    // A whole batch of unreadable events does not stop the check of what follows.
    let unreadable = "insert into event_store.events
         select last + number, 'a.page', gen_random_uuid(), 1, 'PageTorn', 1, '{}', '7', now()
         from generate_series(1, 500) number,
            (select max(position) last from event_store.events) last";
    sqlx::raw_sql(unreadable).execute(&database.owner).await.unwrap();
    let keys = KeyRing::new(database.app.clone(), database.master.clone());
    let report = integrity::verify(&database.options, &keys, |_, _| {}).await.unwrap();
    assert!(report.faults.iter().any(|fault| fault.contains("cannot be read")), "{report:?}");
    assert_eq!(report.aggregates, 5);
    database.stop().await;
}
