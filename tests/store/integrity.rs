//! Whether what was done to the log past the program is found: by itself, and by others.

use std::{
    path::Path,
    process::{Command, Output},
    time::{Duration, Instant},
};

use commands::{Handler, Order};
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

/// An export, checked by somebody who has nothing but Python.
fn outsider(world: &World, name: &str, kept: &[&str]) -> Output {
    let file = world.data().join(name);
    world.told(&["export", file.to_str().unwrap()]);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let script = root.join("infra/tools/verify_export.py");
    Command::new("python3").arg(script).arg(file).args(kept).output().unwrap()
}

fn says(output: &Output) -> (bool, String) {
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

/// What the bus carries of the first segment, once it does.
async fn published(world: &World) -> Value {
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

async fn past_the_trigger(db: &PgPool, table: &str, trigger: &str, change: &str) {
    let sql = format!(
        "alter table event_store.{table} disable trigger {trigger}; {change};
         alter table event_store.{table} enable trigger {trigger}"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(db).await.unwrap();
}

#[tokio::test]
async fn a_change_that_still_decodes_is_found_by_ourselves_and_from_an_export_alone() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    for name in ["Anna", "Bert \u{1F600} \"B\"\\", "Clara"] {
        let customer = json!({ "name": name, "walk_in": true });
        admin.post("/customers", customer).await.expect(StatusCode::CREATED);
    }
    world.settled().await;
    let db = world.database().await;
    let close = "select hash, last from event_store.close_segment(interval '0')";
    let (hash, last): (Vec<u8>, i64) = sqlx::query_as(close).fetch_one(&db).await.unwrap();
    let message = published(&world).await;
    let kept = message["hash"].as_str().unwrap();
    let hex: Vec<_> = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(kept, hex.concat());
    assert_eq!(message["last"], json!(last));

    let told = world.told(&["verify"]);
    assert!(told.contains(&format!("1 segments vouch for everything up to {last}.")), "{told}");
    let (well, said) = says(&outsider(&world, "whole.jsonl", &[kept]));
    assert!(well && said.contains(&format!("vouch for {last} of ")), "{said}");

    // The application may not touch them.
    for wrong in [
        "insert into event_store.segments values (2, 1, 1, sha256(''), now())",
        "update event_store.segments set first = 2",
        "delete from event_store.segments",
    ] {
        let mut tx = db.begin().await.unwrap();
        sqlx::raw_sql("set local role servicebook_app").execute(&mut *tx).await.unwrap();
        let refused = sqlx::raw_sql(wrong).execute(&mut *tx).await.unwrap_err();
        assert!(refused.to_string().contains("permission denied"), "{refused}");
    }
    sqlx::raw_sql("delete from event_store.segments").execute(&db).await.unwrap_err();

    // Somebody with all rights makes a customer who walked in one who did not.
    let change = "update event_store.events set data = jsonb_set(data, '{walk_in}', 'false')
         where type = 'CustomerCreated' and data -> 'walk_in' = 'true'";
    past_the_trigger(&db, "events", "events_are_never_changed", change).await;
    let (well, said) = says(&world.servicebook(&["verify"]));
    assert!(!well && said.contains("segment 1: the events from 1 to"), "{said}");
    let (well, said) = says(&outsider(&world, "changed.jsonl", &[]));
    assert!(!well && said.contains("are not what was recorded"), "{said}");

    // He makes new hashes for what he changed: whoever has kept one knows.
    let again = "update event_store.segments set hash = (
         select sha256(string_agg(sha256(convert_to(event_store.line(e), 'UTF8')), ''
             order by position))
         from event_store.events e where position <= last)";
    past_the_trigger(&db, "segments", "segments_are_never_changed", again).await;
    let (well, said) = says(&world.servicebook(&["verify"]));
    assert!(!well && said.contains("segment 1 on the bus is not the one of the log"), "{said}");
    assert!(!said.contains("the events from"), "{said}");
    let (well, said) = says(&outsider(&world, "hashed.jsonl", &[]));
    assert!(well, "{said}");
    let (well, said) = says(&outsider(&world, "hashed.jsonl.2", &[kept]));
    assert!(!well && said.contains("does not contain"), "{said}");
    world.stop().await;
}

async fn give<H: Handler>(database: &Database, id: Uuid, role: Role, command: Value) {
    let by = Actor::new(Uuid::from_u128(1), role);
    let command: H::Command = serde_json::from_value(command).unwrap();
    let order = Order::new(Id::<H>::from(id), command, by).once(id.to_string(), "");
    database.commands().execute(order).await.unwrap();
}

#[tokio::test]
async fn whatever_does_not_follow_from_the_log_is_found() {
    let database = Database::new().await;
    let [acme, anna, bert, first, second] = std::array::from_fn(|_| Uuid::now_v7());
    let cabinet = json!({ "type": "create", "name": "Acme", "tax_id": "DE 123456789" });
    give::<Cabinet>(&database, acme, Role::Employee, cabinet).await;
    for id in [anna, bert] {
        let customer = json!({ "type": "create", "name": "Somebody", "walk_in": true });
        give::<Customer>(&database, id, Role::Employee, customer).await;
    }
    for id in [first, second] {
        let issue = json!({
            "type": "open", "title": "No print", "text": "It jams.", "cabinet": acme,
            "reporter": anna,
        });
        give::<Issue>(&database, id, Role::SupportAgent, issue).await;
    }
    assert_eq!(database.faults().await, [""; 0]);

    for (change, found) in [
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
        let kept = "create schema kept;
             create table kept.events as table event_store.events;
             create table kept.counters as table event_store.counters;
             create table kept.claims as table event_store.claims;
             create table kept.idempotency as table event_store.idempotency;
             create table kept.sealed_elsewhere as table event_store.sealed_elsewhere;
             create table kept.subjects as table key_store.subjects;";
        sqlx::raw_sql(kept).execute(&database.owner).await.unwrap();
        sqlx::raw_sql(change).execute(&database.owner).await.unwrap();
        let faults = database.faults().await;
        assert!(faults.iter().any(|fault| fault.contains(found)), "{found}: {faults:?}");
        let back = "alter table event_store.events disable trigger events_are_never_changed;
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
        sqlx::raw_sql(back).execute(&database.owner).await.unwrap();
    }
    assert_eq!(database.faults().await, [""; 0]);

    // As many as are read at once, none of which can be read: what comes after them is looked at.
    let torn = "insert into event_store.events
         select last + number, 'a.page', gen_random_uuid(), 1, 'PageTorn', 1, '{}', '7', now()
         from generate_series(1, 500) number,
            (select max(position) last from event_store.events) last";
    sqlx::raw_sql(torn).execute(&database.owner).await.unwrap();
    let keys = KeyRing::new(database.app.clone(), database.master.clone());
    let report = integrity::verify(&database.options, &keys, |_, _| {}).await.unwrap();
    assert!(report.faults.iter().any(|fault| fault.contains("cannot be read")), "{report:?}");
    assert_eq!(report.aggregates, 5);
    database.stop().await;
}
