//! Postgres is there and has no room, or lets nobody in: whoever asks is told to come back, and
//! everything goes on by itself.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::{ConnectOptions, Executor, PgPool, postgres::PgConnectOptions};
use tests::world::{Answer, Caller, World};
use tokio::time::sleep;

/// What Postgres says when an event finds no room on the disk.
const FULL: &str = "
    create function no_room() returns trigger language plpgsql as $$
    begin
        raise exception 'could not extend file: No space left on device' using errcode = '53100';
    end $$;
    create trigger no_room before insert on event_store.events
        for each statement execute function no_room()";

async fn customer(admin: &Caller) -> Answer {
    admin.post("/customers", json!({ "name": "Anna", "walk_in": true })).await
}

async fn are_told_to_come_back(admin: &Caller) {
    for _ in 0..10 {
        let answer = customer(admin).await.expect(StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.headers.contains_key("retry-after"), "{}", answer.body);
    }
}

async fn goes_on(world: &World, admin: &Caller) {
    let began = Instant::now();
    while customer(admin).await.status != StatusCode::CREATED {
        assert!(began.elapsed() < Duration::from_mins(1), "it does not go on:\n{}", world.log());
        sleep(Duration::from_millis(100)).await;
    }
}

/// How many connections on which events were appended began after a moment.
async fn new_appenders(db: &PgPool, since: &str) -> i64 {
    let begun = "select count(*) from pg_stat_activity where usename = 'servicebook_app'
         and query like '%event_store.append%' and backend_start > $1::timestamptz";
    sqlx::query_scalar(begun).bind(since).fetch_one(db).await.unwrap()
}

#[tokio::test]
async fn while_there_is_no_room_whoever_asks_is_told_to_come_back() {
    let mut world = World::alone().await;
    let admin = world.admin().await;
    let db = world.database().await;
    customer(&admin).await.expect(StatusCode::CREATED);
    let now: String = sqlx::query_scalar("select now()::text").fetch_one(&db).await.unwrap();

    db.execute(FULL).await.unwrap();
    are_told_to_come_back(&admin).await;
    assert_eq!(new_appenders(&db, &now).await, 0, "a good connection was thrown away");
    db.execute("drop trigger no_room on event_store.events").await.unwrap();
    customer(&admin).await.expect(StatusCode::CREATED);

    // A server without room may let nobody in, for reasons of which there are many.
    db.execute("alter role servicebook_app nologin").await.unwrap();
    db.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'servicebook_app'",
    )
    .await
    .unwrap();
    are_told_to_come_back(&admin).await;
    let list = admin.get("/customers").await.expect(StatusCode::SERVICE_UNAVAILABLE);
    assert!(list.headers.contains_key("retry-after"), "{}", list.body);
    world.guest().get("/ready").await.expect(StatusCode::SERVICE_UNAVAILABLE);
    let why = reqwest::get(world.internal_url("/ready")).await.unwrap();
    let why: Value = why.json().await.unwrap();
    let mut checks = why["checks"].as_array().unwrap().iter();
    let database = checks.find(|check| check["name"] == "database").unwrap();
    assert_eq!(database["ok"], false, "{why}");
    let status = world.told(&["status"]);
    assert!(status.starts_with("Postgres     not available"), "{status}");
    assert!(status.contains("\nBus "), "{status}");
    db.execute("alter role servicebook_app login").await.unwrap();
    goes_on(&world, &admin).await;
    world.settled().await;
    world.told(&["verify"]);
    db.close().await;
    world.stop().await;
}

#[tokio::test]
async fn s_15_the_program_logs_in_to_its_database_as_somebody_who_owns_nothing() {
    let world = World::alone().await;
    let admin = world.admin().await;
    customer(&admin).await.expect(StatusCode::CREATED);
    let db = world.database().await;
    let owners = "select count(*) from pg_stat_activity
         where application_name = 'servicebook' and usename <> 'servicebook_app'";
    let owners: i64 = sqlx::query_scalar(owners).fetch_one(&db).await.unwrap();
    assert_eq!(owners, 0);
    db.close().await;

    let options: PgConnectOptions = world.running().database_url.reveal().parse().unwrap();
    let mut program = options.username("servicebook_app").connect().await.unwrap();
    program.execute("reset role").await.unwrap();
    for forbidden in [
        "set role servicebook",
        "set session authorization servicebook",
        "delete from event_store.events",
        "update event_store.events set data = '{}'",
        "alter table event_store.events disable trigger all",
        "update key_store.subjects set wrapped = null",
        "delete from key_store.masters",
    ] {
        let refused = program.execute(forbidden).await.unwrap_err();
        let code = refused
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .unwrap_or_default();
        assert_eq!(code, "42501", "{forbidden}: {refused}");
    }
}
