//! Kills, wipes and set-backs under load; afterwards all checkers must be content.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use reqwest::{Method, StatusCode};
use serde_json::json;
use tests::world::{Answer, World};
use tokio::time::sleep;

use super::{history::History, load::Load, oracles};

/// How many clients press on.
const CLIENTS: u64 = 8;

/// Within this time whoever was killed is gone.
const DEATH: Duration = Duration::from_secs(1);

/// The program kills itself at a named point, some time into the load.
async fn killed_at(point: &str) {
    // Every projector passes its point for what is not its own, too: an administrator is let in
    // before the count is up.
    let fault = format!("{point}=150*off->return");
    let mut world = World::start_with(&[("FAILPOINTS", &fault)]).await;
    let admin = world.admin().await;
    let load = Load::start(&admin, CLIENTS, 1);
    world.died().await;
    world.run(&[]).await;
    load.goes_on(100).await;
    content(&mut world, &load.stop().await).await;
}

async fn content(world: &mut World, history: &History) {
    let wrong = oracles::all(world, history).await;
    assert!(wrong.is_empty(), "{}\n{}", wrong.join("\n"), world.log());
    let History { acts, looks } = history;
    assert!(acts.len() > 50, "only {} acts", acts.len());
    assert!(looks.len() > 10, "only {} looks", looks.len());
    world.stop().await;
}

#[tokio::test]
async fn t_01_killed_after_the_decision() {
    killed_at("commands.after_decide").await;
}

#[tokio::test]
async fn t_01_killed_before_the_commit() {
    killed_at("append.before_commit").await;
}

#[tokio::test]
async fn t_01_killed_between_commit_and_answer() {
    killed_at("append.after_commit").await;
}

#[tokio::test]
async fn t_02_relay_killed_before_it_publishes() {
    killed_at("relay.after_read").await;
}

#[tokio::test]
async fn t_02_relay_killed_within_a_batch() {
    killed_at("relay.mid_batch").await;
}

#[tokio::test]
async fn t_02_relay_killed_after_it_published() {
    killed_at("relay.after_publish").await;
}

#[tokio::test]
async fn t_03_projector_killed_before_its_commit() {
    killed_at("projector.after_apply_before_commit").await;
}

#[tokio::test]
async fn t_03_projector_killed_after_its_commit() {
    killed_at("projector.after_commit").await;
}

#[tokio::test]
async fn t_04_postgres_killed() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let load = Load::start(&admin, CLIENTS, 4);
    for _ in 0..2 {
        load.goes_on(100).await;
        world.signal("postgres", Signal::SIGKILL);
    }
    load.goes_on(200).await;
    assert!(world.lives(), "{}", world.log());
    content(&mut world, &load.stop().await).await;
}

/// Asks until Postgres is back.
async fn once_it_is_back(ask: impl AsyncFn() -> Answer) -> Answer {
    let begun = Instant::now();
    loop {
        let answer = ask().await;
        if answer.status != StatusCode::SERVICE_UNAVAILABLE {
            return answer;
        }
        assert!(begun.elapsed() < Duration::from_mins(1), "Postgres does not come back");
        sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn t_04_what_was_seen_before_postgres_was_killed_is_seen_after_it() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    for name in ["Anna", "Berta", "Clara"] {
        let body = json!({ "name": name, "walk_in": true });
        let made = once_it_is_back(async || admin.post("/customers", body.clone()).await).await;
        let (path, position) = (format!("/customers/{}", made.id()), made.position().to_string());
        let header = [("X-Min-Position", position)];
        let seen = admin.send(Method::GET, &path, &header, None).await.unwrap();
        // Nothing happens meanwhile that would wake anybody.
        world.signal("postgres", Signal::SIGKILL);
        assert_eq!(seen.status, StatusCode::OK);
        sleep(DEATH).await;
        once_it_is_back(async || admin.get(&path).await).await.expect(StatusCode::OK);
    }
    world.stop().await;
}

#[tokio::test]
async fn t_08_nats_killed_and_stopped() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let load = Load::start(&admin, CLIENTS, 8);
    load.goes_on(100).await;
    world.signal("nats", Signal::SIGKILL);
    load.goes_on(200).await;
    world.signal("nats", Signal::SIGSTOP);
    load.goes_on(200).await;
    world.signal("nats", Signal::SIGCONT);
    load.goes_on(100).await;
    content(&mut world, &load.stop().await).await;
}

#[tokio::test]
async fn t_09_the_bus_is_wiped() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let load = Load::start(&admin, CLIENTS, 9);
    load.goes_on(200).await;
    // Once under way, once while everything stands still.
    wipe_bus(&world);
    load.goes_on(200).await;
    world.kill();
    wipe_bus(&world);
    world.run(&[]).await;
    load.goes_on(100).await;
    content(&mut world, &load.stop().await).await;
}

/// Takes everything from the bus; it is stopped first, or it would write into the folder as that goes.
fn wipe_bus(world: &World) {
    world.signal("nats", Signal::SIGSTOP);
    std::fs::remove_dir_all(world.bus_store()).unwrap();
    world.signal("nats", Signal::SIGKILL);
}

#[tokio::test]
async fn t_10_the_bus_is_set_back() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let load = Load::start(&admin, CLIENTS, 10);
    load.goes_on(100).await;
    let mut history = load.stop().await;
    world.settled().await;
    world.stop().await;
    let (store, copy) = (world.bus_store(), world.data().join("bus-before"));
    copy_folder(&store, &copy);

    world.run(&[]).await;
    let load = Load::start(&admin, CLIENTS, 11);
    load.goes_on(200).await;
    history.add(load.stop().await);
    world.stop().await;
    std::fs::remove_dir_all(&store).unwrap();
    copy_folder(&copy, &store);

    world.run(&[]).await;
    content(&mut world, &history).await;
}

#[tokio::test]
async fn t_21_two_relays_at_once() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let load = Load::start(&admin, CLIENTS, 21);
    // The test flag makes it work though the other one holds the lock: fencing alone must do.
    let mut second = world.program(&["run", "relay"]);
    let mut second = second.env("FAILPOINTS", "lease.not_asked=return").spawn().unwrap();
    load.goes_on(300).await;
    second.kill().unwrap();
    second.wait().unwrap();
    load.goes_on(100).await;
    content(&mut world, &load.stop().await).await;
}

#[tokio::test]
async fn t_14_a_poison_event_parks_its_own_stream_only() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let load = Load::start(&admin, CLIENTS, 14);
    load.goes_on(100).await;
    let db = world.database().await;
    // As the owner, past the append: an event that no program can read.
    let mut tx = db.begin().await.unwrap();
    sqlx::raw_sql("select pg_advisory_xact_lock(7305014226)").execute(&mut *tx).await.unwrap();
    sqlx::raw_sql(
        "insert into event_store.events
         select last.position + 1, e.stream, e.id, e.version + 1, 'CustomerRenamed', 1,
            '{\"nonsense\": 1}', e.meta, last.recorded_at
         from (select * from event_store.events order by position desc limit 1) last,
            (select distinct on (stream, id) * from event_store.events
             where stream = 'crm.customer' order by stream, id, version desc) e
         order by e.position limit 1",
    )
    .execute(&mut *tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
    load.goes_on(200).await;
    let acts = load.stop().await.acts;
    world.settled().await;
    let parked: i64 =
        sqlx::query_scalar("select count(*) from operations.parked").fetch_one(&db).await.unwrap();
    assert_eq!(parked, 1);
    let status = world.told(&["status"]);
    assert!(status.to_lowercase().contains("parked"), "{status}");
    let (log, answered) = (oracles::log(&db).await, oracles::answered(&db).await);
    assert_eq!(oracles::durability(&acts, &log), [""; 0]);
    assert_eq!(oracles::mirror(&log, &oracles::bus(&world).await), [""; 0]);
    assert!(!answered.is_empty());
    // All that was acknowledged after it can be seen, but for the one that is parked.
    let known: i64 = sqlx::query_scalar("select count(*) from crm_customer.customers")
        .fetch_one(&db)
        .await
        .unwrap();
    let made = log.iter().filter(|event| event.r#type == "CustomerCreated").count();
    assert_eq!(known, i64::try_from(made).unwrap());
    world.stop().await;
}

fn copy_folder(from: &std::path::Path, to: &std::path::Path) {
    let copied = std::process::Command::new("cp").arg("-a").arg(from).arg(to).status();
    assert!(copied.unwrap().success());
}
