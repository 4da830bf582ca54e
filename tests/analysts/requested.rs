//! Replays that are asked for by the API: made once, beside the requests, and the same as those of the shell.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgConnection, PgPool};
use tests::world::{Caller, World};
use tokio::time::sleep;

use super::{log_in, rows};

#[tokio::test]
async fn ana_3_a_replay_of_the_api_is_that_of_the_shell_and_says_what_is_in_it() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let analyst = world.user_with_role(&admin, "analyst", json!({})).await;
    create_customers(&admin).await;
    world.wait_until_settled().await;
    let position = admin.get("/customers").await.position();

    let asked =
        json!({ "name": "asked", "read_models": ["crm.customer"], "at_position": position });
    let replay = request(&analyst, asked.clone()).await;
    let made = wait_for(&analyst, &replay, "completed").await;
    assert_eq!(made["at_position"], position);
    let customers = json!({ "read_model": "crm.customer", "table": "customers", "rows": 3 });
    assert!(made["tables"].as_array().unwrap().contains(&customers), "{made}");
    let at = position.to_string();
    let said = world.cli(&["replay", "crm.customer", "--as-of", &at, "--into", "in_the_shell"]);
    assert!(said.contains(made["digest"].as_str().unwrap()), "ANA-3: {said} {made}");

    // ANA-2: it is read as those of the shell are, with pseudonyms.
    let (_, mut login) = log_in(&world).await;
    let found = rows(&mut login, "select * from asked.customers where name = 'Anna'").await;
    assert_eq!(found.len(), 0);
    assert_eq!(rows(&mut login, "select * from asked.customers").await.len(), 3);
    assert!(world.cli(&["replay", "list"]).contains("asked: crm.customer"));

    // ANA-5: its name is its own until it is dropped.
    let taken = analyst.post("/replays", asked.clone()).await.expect(StatusCode::CONFLICT);
    assert_eq!((&taken.body["code"], &taken.body["invariant"]), (&json!("taken"), &json!("ANA-5")));
    analyst.delete(&replay).await.expect(StatusCode::OK);
    let again = request(&analyst, asked).await;
    wait_for(&analyst, &again, "completed").await;
    assert_eq!(analyst.get(&replay).await.body["data"]["status"], "dropped");
    let in_shell = world.try_cli(&["replay", "drop", "asked"]);
    assert!(!in_shell.status.success(), "it is an aggregate's");
    world.stop().await;
}

#[tokio::test]
async fn ana_5_a_replay_is_made_although_its_process_is_killed_and_given_up_when_it_is_dropped() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    create_customers(&admin).await;
    world.wait_until_settled().await;
    let db = world.database().await;

    let (replay, lock) = begin_and_hold(&admin, &db, "killed").await;
    world.kill();
    sqlx::Connection::close(lock).await.unwrap();
    // As if the time of the process that died were over.
    sqlx::query("update jobs.runs set until = now()").execute(&db).await.unwrap();
    world.run(&[]).await;
    wait_for(&admin, &replay, "completed").await;
    let history = admin.get(&format!("{replay}/history")).await;
    let types: Vec<_> =
        history.body["data"].as_array().unwrap().iter().map(|event| &event["type"]).collect();
    assert_eq!(types, ["ReplayRequested", "ReplayCompleted"]);
    assert_eq!(count(&db, "killed.customers").await, 3);

    let (replay, lock) = begin_and_hold(&admin, &db, "given_up").await;
    admin.delete(&replay).await.expect(StatusCode::OK);
    sqlx::Connection::close(lock).await.unwrap();
    wait_for(&admin, &replay, "dropped").await;
    wait_until_gone(&world, "given_up").await;
    assert_eq!(count(&db, "pg_namespace where nspname like 'given_up%'").await, 0);
    world.stop().await;
}

#[tokio::test]
async fn what_cannot_be_replayed_is_refused_or_fails_and_only_analysts_ask() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let refused = async |body: Value| {
        admin.post("/replays", body).await.expect(StatusCode::UNPROCESSABLE_ENTITY).body["code"]
            .clone()
    };
    for name in ["pg_new", "crm_customer__next"] {
        assert_eq!(refused(json!({ "name": name })).await, "invalid_replay_name");
    }
    assert_eq!(
        refused(json!({ "name": "a", "as_of": "2999-01-01T00:00:00Z" })).await,
        "future_moment"
    );
    let both = json!({ "name": "a", "as_of": "2026-01-01T00:00:00Z", "at_position": 1 });
    assert_eq!(refused(both).await, "two_ends");
    let before_all = json!({ "name": "a", "at_position": 0 });
    assert_eq!(refused(before_all).await, "invalid_position");
    let of_nothing =
        json!({ "name": "a", "as_of": "2026-01-01T00:00:00Z", "since": "2026-02-01T00:00:00Z" });
    assert_eq!(refused(of_nothing).await, "since_after_end");
    for (body, reason) in [
        (json!({ "name": "a", "read_models": ["crm.customers"] }), "unknown_read_model"),
        (json!({ "name": "a", "at_position": 999_999_999 }), "future"),
        (json!({ "name": "crm_customer" }), "schema_exists"),
    ] {
        let replay = request(&admin, body).await;
        assert_eq!(wait_for(&admin, &replay, "failed").await["reason"], reason);
    }
    let employee = world.user_with_role(&admin, "employee", json!({})).await;
    employee.post("/replays", json!({ "name": "b" })).await.expect(StatusCode::FORBIDDEN);
    employee.get("/replays").await.expect(StatusCode::FORBIDDEN);
    world.stop().await;
}

async fn create_customers(admin: &Caller) {
    for name in ["Anna", "Bert", "Clara"] {
        let customer = json!({ "name": name, "walk_in": true });
        admin.post("/customers", customer).await.expect(StatusCode::CREATED);
    }
}

/// Asks for a replay, and returns where it is.
pub(super) async fn request(caller: &Caller, body: Value) -> String {
    let answer = caller.post("/replays", body).await.expect(StatusCode::CREATED);
    answer.headers["location"].to_str().unwrap().to_owned()
}

/// Requests a replay, and holds it while it is made: nobody can write that there is one.
async fn begin_and_hold(caller: &Caller, db: &PgPool, name: &str) -> (String, PgConnection) {
    let mut lock = db.acquire().await.unwrap().detach();
    let sql = "begin; lock table projections.replays in share mode";
    sqlx::raw_sql(sql).execute(&mut lock).await.unwrap();
    let replay = request(caller, json!({ "name": name, "read_models": ["crm.customer"] })).await;
    for _ in 0..400 {
        if count(db, "jobs.runs").await == 1 {
            return (replay, lock);
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("{name} is not begun");
}

async fn count(db: &PgPool, from: &str) -> i64 {
    let query = AssertSqlSafe(format!("select count(*) from {from}"));
    sqlx::query_scalar(query).fetch_one(db).await.unwrap()
}

/// Waits until a replay has a status.
pub(super) async fn wait_for(caller: &Caller, replay: &str, status: &str) -> Value {
    let mut last = Value::Null;
    for _ in 0..400 {
        let answer = caller.get(replay).await;
        last = answer.body["data"].clone();
        if last["status"] == status {
            return last;
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("it is not {status}: {last}");
}

/// Waits until there is no replay of this name in the database.
pub(super) async fn wait_until_gone(world: &World, name: &str) {
    for _ in 0..100 {
        if !world.cli(&["replay", "list"]).contains(&format!("{name}:")) {
            return;
        }
        sleep(Duration::from_millis(100)).await;
    }
    panic!("{name} is still there:\n{}", world.log());
}
