//! Postgres is full or refuses connections: requests are answered 503 with `Retry-After`, and the
//! system recovers by itself.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::{ConnectOptions, Executor, PgPool, postgres::PgConnectOptions};
use tests::world::{Answer, Caller, World};
use tokio::time::sleep;

/// Makes Postgres answer every append as it does when the disk is full.
const FILL_DISK: &str = "
    create function no_room() returns trigger language plpgsql as $$
    begin
        raise exception 'could not extend file: No space left on device' using errcode = '53100';
    end $$;
    create trigger no_room before insert on event_store.events
        for each statement execute function no_room()";

async fn create_customer(admin: &Caller) -> Answer {
    admin.post("/customers", json!({ "name": "Anna", "walk_in": true })).await
}

async fn assert_service_unavailable(admin: &Caller) {
    for _ in 0..10 {
        let answer = create_customer(admin).await.expect(StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.headers.contains_key("retry-after"), "{}", answer.body);
    }
}

async fn wait_until_writable(world: &World, admin: &Caller) {
    let began = Instant::now();
    while create_customer(admin).await.status != StatusCode::CREATED {
        assert!(began.elapsed() < Duration::from_mins(1), "it does not go on:\n{}", world.log());
        sleep(Duration::from_millis(100)).await;
    }
}

/// The number of connections used for appends that were opened after a time.
async fn new_append_connections(db: &PgPool, since: &str) -> i64 {
    let count = "select count(*) from pg_stat_activity where usename = 'servicebook_app'
         and query like '%event_store.append%' and backend_start > $1::timestamptz";
    sqlx::query_scalar(count).bind(since).fetch_one(db).await.unwrap()
}

#[tokio::test]
async fn while_the_disk_is_full_requests_are_answered_503_with_retry_after() {
    let mut world = World::isolated().await;
    let admin = world.admin().await;
    let db = world.database().await;
    create_customer(&admin).await.expect(StatusCode::CREATED);
    let now: String = sqlx::query_scalar("select now()::text").fetch_one(&db).await.unwrap();

    db.execute(FILL_DISK).await.unwrap();
    assert_service_unavailable(&admin).await;
    assert_eq!(new_append_connections(&db, &now).await, 0, "a good connection was thrown away");
    db.execute("drop trigger no_room on event_store.events").await.unwrap();
    create_customer(&admin).await.expect(StatusCode::CREATED);

    // A full server may also refuse connections.
    db.execute("alter role servicebook_app nologin").await.unwrap();
    db.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'servicebook_app'",
    )
    .await
    .unwrap();
    assert_service_unavailable(&admin).await;
    let list = admin.get("/customers").await.expect(StatusCode::SERVICE_UNAVAILABLE);
    assert!(list.headers.contains_key("retry-after"), "{}", list.body);
    world.guest().get("/ready").await.expect(StatusCode::SERVICE_UNAVAILABLE);
    let readiness = reqwest::get(world.internal_url("/ready")).await.unwrap();
    let readiness: Value = readiness.json().await.unwrap();
    let mut checks = readiness["checks"].as_array().unwrap().iter();
    let database = checks.find(|check| check["name"] == "database").unwrap();
    assert_eq!(database["ok"], false, "{readiness}");
    let status = world.cli(&["status"]);
    assert!(status.starts_with("Postgres     not available"), "{status}");
    assert!(status.contains("\nBus "), "{status}");
    db.execute("alter role servicebook_app login").await.unwrap();
    wait_until_writable(&world, &admin).await;
    world.wait_until_settled().await;
    world.cli(&["verify"]);
    db.close().await;
    world.stop().await;
}

#[tokio::test]
async fn s_15_the_program_logs_in_to_its_database_as_a_role_that_owns_nothing() {
    let world = World::isolated().await;
    let admin = world.admin().await;
    create_customer(&admin).await.expect(StatusCode::CREATED);
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
