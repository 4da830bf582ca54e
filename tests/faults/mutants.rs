//! The checkers tested: each must find the fault of a program that is wrong on purpose, by a fail
//! point.

use std::time::Duration;

use tests::world::World;
use tokio::time::sleep;

use super::{load::Load, oracles};

/// Runs a load on a program in which `fault` occurs so many times; returns what the checkers report.
async fn check_with_fault(fault: &str, times: u32) -> Vec<String> {
    let fault = format!("{fault}=20*off->{times}*return->off");
    let mut world = World::start_with(&[("FAILPOINTS", &fault)]).await;
    let admin = world.admin().await;
    let load = Load::start(&admin, 4, 99);
    load.wait_for_writes(150).await;
    let history = load.stop().await;
    sleep(Duration::from_secs(1)).await;
    let faults = oracles::check(&world, &history).await;
    world.stop().await;
    faults
}

fn reports(faults: &[String], oracle: &str) -> bool {
    faults.iter().any(|fault| fault.starts_with(oracle))
}

#[tokio::test]
async fn an_acknowledged_command_that_was_never_written_is_found() {
    let faults = check_with_fault("mutant.append.forget", 5).await;
    assert!(reports(&faults, "O1"), "{faults:?}");
}

#[tokio::test]
async fn a_command_without_its_idempotency_record_is_found() {
    let faults = check_with_fault("mutant.idempotency.off", 5).await;
    assert!(reports(&faults, "O2"), "{faults:?}");
}

#[tokio::test]
async fn an_answer_that_is_older_than_what_was_asked_for_is_found() {
    let faults = check_with_fault("mutant.reached.lie", 1_000).await;
    assert!(reports(&faults, "O5"), "{faults:?}");
}

#[tokio::test]
async fn an_event_that_the_relay_left_out_is_found() {
    let faults = check_with_fault("mutant.relay.skip_one", 5).await;
    assert!(reports(&faults, "O6"), "{faults:?}");
}

#[tokio::test]
async fn versions_with_gaps_are_found() {
    let faults = check_with_fault("mutant.version.skip", 1_000).await;
    assert!(reports(&faults, "O3: version"), "{faults:?}");
    // `servicebook verify` reports the same; no other checker does.
    let other = faults.iter().find(|fault| !fault.starts_with("O3") && !fault.starts_with("O8"));
    assert_eq!(other, None);
}

#[tokio::test]
async fn a_place_in_the_log_that_is_taken_late_is_found() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let db = world.database().await;
    // Once, a position is left free and given to a much later command: one that creates something, as
    // any other might get a position before its own history.
    let append = "select pg_get_functiondef('event_store.append'::regproc)";
    let append: String = sqlx::query_scalar(append).fetch_one(&db).await.unwrap();
    let marker = "    -- First of all: who repeats a command";
    assert_eq!(append.matches(marker).count(), 1, "{append}");
    let mutation = format!(
        "    if (select free from event_store.mutant) <= before - 6 and cardinality(b.e_id) = 1
            and b.e_version[1] = 1 then
            update event_store.mutant set free = null, over = true returning place into before;
            select recorded_at into recorded from event_store.events where position = before;
        elsif (select not over and free is null and place < before from event_store.mutant) then
            update event_store.mutant set free = before, place = before;
            before := before + 1;
        end if;
    {marker}"
    );
    let append = append.replace(marker, &mutation);
    let head: i64 = sqlx::query_scalar("select max(position) from event_store.events")
        .fetch_one(&db)
        .await
        .unwrap();
    let sql = format!(
        "create table event_store.mutant as
         select {head} + 30::bigint as place, null::bigint as free, false as over;
         {append}"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&db).await.unwrap();
    let load = Load::start(&admin, 4, 44);
    load.wait_for_writes(150).await;
    let history = load.stop().await;
    let faults = oracles::check_settled(&world, &history).await;
    assert!(reports(&faults, "O4"), "{faults:?}");
    let other = faults.iter().find(|fault| !fault.starts_with("O4"));
    assert_eq!(other, None, "nobody else sees it");
    world.stop().await;
}

#[tokio::test]
async fn commands_whose_claims_are_not_made_are_found() {
    let faults = check_with_fault("mutant.claims.off", 10_000).await;
    assert!(reports(&faults, "O13") && reports(&faults, "O8"), "{faults:?}");
}

#[tokio::test]
async fn an_event_that_a_projector_dropped_is_found() {
    // The checkpoint counts it, and the load does not read this read model.
    let faults = check_with_fault("mutant.support.issue_client.drop_event", 1_000).await;
    assert!(reports(&faults, "O7: support.issue_client"), "{faults:?}");
    assert_eq!(faults.len(), 1, "{faults:?}");
}

#[tokio::test]
async fn a_checkpoint_that_moves_apart_from_its_rows_is_found() {
    let faults = check_with_fault("mutant.projector.checkpoint_apart", 1_000_000).await;
    assert!(reports(&faults, "O8: a checkpoint moved apart"), "{faults:?}");
}

#[tokio::test]
async fn a_log_that_was_tampered_with_is_found() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let load = Load::start(&admin, 4, 7);
    load.wait_for_writes(50).await;
    let writes = load.stop().await.writes;
    world.wait_until_settled().await;
    let db = world.database().await;
    let log = oracles::read_log(&db).await;
    assert_eq!(oracles::log_order(&log), [""; 0]);
    assert_eq!(oracles::verify(&world), [""; 0]);

    let mut gone = log.clone();
    let lost = gone.remove(gone.len() / 2);
    assert!(!oracles::log_order(&gone).is_empty());
    let acknowledged =
        writes.iter().any(|write| write.acknowledged().is_some_and(|done| done.2 == lost.position));
    assert_eq!(oracles::durability(&writes, &gone).is_empty(), !acknowledged);

    // O4: the outcomes of two commands swapped in time.
    let mut swapped = writes.clone();
    swapped.sort_by_key(|write| write.acknowledged().map(|done| done.2));
    let (first, last) = (swapped[0].outcome.clone(), swapped[swapped.len() - 1].outcome.clone());
    let end = swapped.len() - 1;
    (swapped[0].outcome, swapped[end].outcome) = (last, first);
    assert!(!oracles::real_time(&swapped).is_empty());

    // `servicebook verify`, on a log whose trigger is disabled.
    sqlx::raw_sql(
        "alter table event_store.events disable trigger events_are_never_changed;
         update event_store.events set version = version + 1 where position = 3;",
    )
    .execute(&db)
    .await
    .unwrap();
    assert!(!oracles::verify(&world).is_empty());
    world.stop().await;
}
