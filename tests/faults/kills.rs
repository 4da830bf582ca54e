//! Processes are killed, and the bus is wiped or restored from an old copy, under load; afterwards no
//! checker may report anything.

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
    versions::{create_with_key, insert_event},
};

/// The number of clients that send requests.
const CLIENTS: u64 = 8;

/// Within this time a killed process is gone.
const EXIT_TIME: Duration = Duration::from_secs(1);

/// The program kills itself at one fail point after the other, each some time into the load.
async fn kill_at_each(points: [&str; 3]) {
    // Every projector passes its point for events of others as well. The count is high enough that the
    // administrator signs in before it is reached.
    let [first, second, third] = points.map(|point| format!("{point}=150*off->return"));
    let mut world = World::isolated_with(&[("FAILPOINTS", &first)]).await;
    let admin = world.admin().await;
    let load = Load::start(&admin, CLIENTS, 1);
    for next in [&second, &third] {
        world.wait_for_exit().await;
        world.spawn(&[("FAILPOINTS", next)]);
    }
    world.wait_for_exit().await;
    world.run(&[]).await;
    load.wait_for_writes(100).await;
    assert_no_faults(&mut world, &load.stop().await).await;
}

async fn assert_no_faults(world: &mut World, history: &History) {
    let faults = oracles::check_settled(world, history).await;
    assert!(faults.is_empty(), "{}\n{}", faults.join("\n"), world.log());
    let History { writes, reads } = history;
    assert!(writes.len() > 50, "only {} acts", writes.len());
    assert!(reads.len() > 10, "only {} looks", reads.len());
    world.stop().await;
}

#[tokio::test]
async fn t_01_killed_at_every_point_of_an_append() {
    kill_at_each(["commands.after_decide", "append.before_commit", "append.after_commit"]).await;
}

#[tokio::test]
async fn t_02_killed_at_every_point_of_the_relay() {
    kill_at_each(["relay.after_read", "relay.mid_batch", "relay.after_publish"]).await;
}

#[tokio::test]
async fn t_03_killed_at_every_point_of_projectors_and_workers() {
    kill_at_each([
        "projector.after_apply_before_commit",
        "projector.after_commit",
        "worker.after_effect_before_checkpoint",
    ])
    .await;
}

#[tokio::test]
async fn t_04_postgres_killed() {
    let mut world = World::isolated().await;
    let admin = world.admin().await;
    let load = Load::start(&admin, CLIENTS, 4);
    for _ in 0..2 {
        load.wait_for_writes(100).await;
        world.signal("postgres", Signal::SIGKILL);
    }
    load.wait_for_writes(200).await;
    assert!(world.is_running(), "{}", world.log());
    assert_no_faults(&mut world, &load.stop().await).await;
}

/// Repeats a request until Postgres is back.
async fn retry_while_unavailable(request: impl AsyncFn() -> Answer) -> Answer {
    let begun = Instant::now();
    loop {
        let answer = request().await;
        if answer.status != StatusCode::SERVICE_UNAVAILABLE {
            return answer;
        }
        assert!(begun.elapsed() < Duration::from_mins(1), "Postgres does not come back");
        sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn t_04_what_was_seen_before_postgres_was_killed_is_seen_after_it() {
    let mut world = World::isolated().await;
    let admin = world.admin().await;
    for name in ["Anna", "Berta", "Clara"] {
        let body = json!({ "name": name, "walk_in": true });
        let created =
            retry_while_unavailable(async || admin.post("/customers", body.clone()).await).await;
        let (path, position) =
            (format!("/customers/{}", created.id()), created.position().to_string());
        let header = [("X-Min-Position", position)];
        let seen = admin.send(Method::GET, &path, &header, None).await.unwrap();
        // No command follows that would wake a worker or projector.
        world.signal("postgres", Signal::SIGKILL);
        assert_eq!(seen.status, StatusCode::OK);
        sleep(EXIT_TIME).await;
        retry_while_unavailable(async || admin.get(&path).await).await.expect(StatusCode::OK);
    }
    world.stop().await;
}

#[tokio::test]
async fn t_08_nats_killed_and_stopped() {
    let mut world = World::isolated().await;
    let admin = world.admin().await;
    let load = Load::start(&admin, CLIENTS, 8);
    load.wait_for_writes(100).await;
    world.signal("nats", Signal::SIGKILL);
    load.wait_for_writes(200).await;
    world.signal("nats", Signal::SIGSTOP);
    load.wait_for_writes(200).await;
    world.signal("nats", Signal::SIGCONT);
    load.wait_for_writes(100).await;
    assert_no_faults(&mut world, &load.stop().await).await;
}

#[tokio::test]
async fn t_09_the_bus_is_wiped() {
    let mut world = World::isolated().await;
    let admin = world.admin().await;
    let load = Load::start(&admin, CLIENTS, 9);
    load.wait_for_writes(200).await;
    // Once while the program runs, once while it is stopped.
    wipe_bus(&world);
    load.wait_for_writes(200).await;
    world.kill();
    wipe_bus(&world);
    world.run(&[]).await;
    load.wait_for_writes(100).await;
    assert_no_faults(&mut world, &load.stop().await).await;
}

/// Deletes everything on the bus. The server is stopped first, so that it does not write into the
/// folder meanwhile.
fn wipe_bus(world: &World) {
    world.signal("nats", Signal::SIGSTOP);
    std::fs::remove_dir_all(world.bus_store()).unwrap();
    world.signal("nats", Signal::SIGKILL);
}

#[tokio::test]
async fn t_10_the_bus_is_restored_from_an_old_copy() {
    let mut world = World::isolated().await;
    let admin = world.admin().await;
    let load = Load::start(&admin, CLIENTS, 10);
    load.wait_for_writes(100).await;
    let mut history = load.stop().await;
    world.wait_until_settled().await;
    world.stop().await;
    let (store, copy) = (world.bus_store(), world.data().join("bus-before"));
    copy_folder(&store, &copy);

    world.run(&[]).await;
    let load = Load::start(&admin, CLIENTS, 11);
    load.wait_for_writes(200).await;
    history.extend(load.stop().await);
    world.stop().await;
    std::fs::remove_dir_all(&store).unwrap();
    copy_folder(&copy, &store);

    world.run(&[]).await;
    assert_no_faults(&mut world, &history).await;
}

#[tokio::test]
async fn t_21_two_relays_at_once() {
    let mut world = World::isolated().await;
    let admin = world.admin().await;
    let load = Load::start(&admin, CLIENTS, 21);
    // The fail point makes it work without the lease that the other one holds: fencing alone must
    // suffice.
    let mut second = world.cli_command(&["run", "relay"]);
    let mut second = second.env("FAILPOINTS", "lease.skip=return").spawn().unwrap();
    load.wait_for_writes(300).await;
    second.kill().unwrap();
    second.wait().unwrap();
    load.wait_for_writes(100).await;
    assert_no_faults(&mut world, &load.stop().await).await;
}

/// How often `servicebook verify` runs.
fn verify_runs() -> usize {
    3 * tests::effort()
}

// The load must not stand still while the test waits for the program.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verify_finds_no_fault_while_a_load_goes_on() {
    let mut world = World::isolated().await;
    let admin = world.admin().await;
    let load = Load::start(&admin, CLIENTS, 3);
    load.wait_for_writes(50).await;
    for _ in 0..verify_runs() {
        let before = load.write_count();
        assert_eq!(oracles::verify(&world), [""; 0]);
        assert!(load.write_count() > before, "the load stands still");
    }
    assert_no_faults(&mut world, &load.stop().await).await;
}

#[tokio::test]
async fn t_14_a_poison_event_parks_its_own_stream_only() {
    let mut world = World::isolated().await;
    let admin = world.admin().await;
    let db = world.database().await;
    let poisoned =
        create_with_key(&admin, "/customers", json!({ "name": "Poor", "walk_in": true })).await;
    let load = Load::start(&admin, CLIENTS, 14);
    load.wait_for_writes(100).await;
    // Inserted as the owner, not by the append: an event that no program can read.
    let position = insert_event(&db, poisoned, "CustomerRenamed", 1).await;
    load.wait_for_writes(200).await;
    let history = load.stop().await;
    world.wait_until_settled().await;
    let status = world.cli(&["status"]);
    assert!(status.contains(&format!("PARKED crm.customer/{poisoned} at {position}")), "{status}");
    // No checker reports anything, except the one that reads every event.
    let faults = oracles::check_settled(&world, &history).await;
    let [found] = &faults[..] else { panic!("{faults:#?}") };
    assert!(found.starts_with("O8") && found.contains(&format!("{position}: Cust")), "{found}");
    assert_eq!(found.matches("\n  ").count(), 1, "{found}");
    // All that was acknowledged can be read, also of the parked stream.
    let listed: i64 = sqlx::query_scalar("select count(*) from crm_customer.customers")
        .fetch_one(&db)
        .await
        .unwrap();
    let created = oracles::read_log(&db).await;
    let created = created.iter().filter(|event| event.r#type == "CustomerCreated").count();
    assert_eq!(listed, i64::try_from(created).unwrap());
    world.stop().await;
}

fn copy_folder(from: &std::path::Path, to: &std::path::Path) {
    let copied = std::process::Command::new("cp").arg("-a").arg(from).arg(to).status();
    assert!(copied.unwrap().success());
}
