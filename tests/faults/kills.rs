//! Kills, wipes and set-backs under load; afterwards all checkers must be content.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use reqwest::{Method, StatusCode};
use serde_json::json;
use tests::world::{Answer, World};
use tokio::time::sleep;

use super::{
    history::History,
    load::Load,
    oracles,
    versions::{of_its_own, past_the_append},
};

/// How many clients press on.
const CLIENTS: u64 = 8;

/// Within this time whoever was killed is gone.
const DEATH: Duration = Duration::from_secs(1);

/// The program kills itself at one named point after the other, each some time into the load.
async fn killed_at(points: [&str; 3]) {
    // Every projector passes its point for what is not its own, too: an administrator is let in
    // before the count is up.
    let [first, second, third] = points.map(|point| format!("{point}=150*off->return"));
    let mut world = World::alone_with(&[("FAILPOINTS", &first)]).await;
    let admin = world.admin().await;
    let load = Load::start(&admin, CLIENTS, 1);
    for next in [&second, &third] {
        world.died().await;
        world.spawn(&[("FAILPOINTS", next)]);
    }
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
async fn t_01_killed_at_every_point_of_an_append() {
    killed_at(["commands.after_decide", "append.before_commit", "append.after_commit"]).await;
}

#[tokio::test]
async fn t_02_killed_at_every_point_of_the_relay() {
    killed_at(["relay.after_read", "relay.mid_batch", "relay.after_publish"]).await;
}

#[tokio::test]
async fn t_03_killed_at_every_point_of_those_who_follow() {
    killed_at([
        "projector.after_apply_before_commit",
        "projector.after_commit",
        "worker.after_effect_before_checkpoint",
    ])
    .await;
}

#[tokio::test]
async fn t_04_postgres_killed() {
    let mut world = World::alone().await;
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
    let mut world = World::alone().await;
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
    let mut world = World::alone().await;
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
    let mut world = World::alone().await;
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
    let mut world = World::alone().await;
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
    let mut world = World::alone().await;
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

/// How often it is examined: a few times, and by hand as often as `VERIFY_RUNS` says.
fn examinations() -> usize {
    std::env::var("VERIFY_RUNS").map_or(3, |runs| runs.parse().unwrap())
}

// The load must not stand still while the test waits for the program.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verify_finds_no_fault_while_a_load_goes_on() {
    let mut world = World::alone().await;
    let admin = world.admin().await;
    let load = Load::start(&admin, CLIENTS, 3);
    load.goes_on(50).await;
    for _ in 0..examinations() {
        let before = load.count();
        assert_eq!(oracles::verified(&world), [""; 0]);
        assert!(load.count() > before, "the load stands still");
    }
    content(&mut world, &load.stop().await).await;
}

#[tokio::test]
async fn t_14_a_poison_event_parks_its_own_stream_only() {
    let mut world = World::alone().await;
    let admin = world.admin().await;
    let db = world.database().await;
    let poor = of_its_own(&admin, "/customers", json!({ "name": "Poor", "walk_in": true })).await;
    let load = Load::start(&admin, CLIENTS, 14);
    load.goes_on(100).await;
    // As the owner, past the append: an event that no program can read.
    let position = past_the_append(&db, poor, "CustomerRenamed", 1).await;
    load.goes_on(200).await;
    let history = load.stop().await;
    world.settled().await;
    let status = world.told(&["status"]);
    assert!(status.contains(&format!("PARKED crm.customer/{poor} at {position}")), "{status}");
    // All checkers are content, but for the one that reads every event.
    let wrong = oracles::all(&world, &history).await;
    let [found] = &wrong[..] else { panic!("{wrong:#?}") };
    assert!(found.starts_with("O8") && found.contains(&format!("{position}: Cust")), "{found}");
    assert_eq!(found.matches("\n  ").count(), 1, "{found}");
    // All that was acknowledged can be seen, the one before the poison too.
    let known: i64 = sqlx::query_scalar("select count(*) from crm_customer.customers")
        .fetch_one(&db)
        .await
        .unwrap();
    let made = oracles::log(&db).await;
    let made = made.iter().filter(|event| event.r#type == "CustomerCreated").count();
    assert_eq!(known, i64::try_from(made).unwrap());
    world.stop().await;
}

fn copy_folder(from: &std::path::Path, to: &std::path::Path) {
    let copied = std::process::Command::new("cp").arg("-a").arg(from).arg(to).status();
    assert!(copied.unwrap().success());
}
