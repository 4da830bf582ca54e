//! A checker that has never failed proves nothing: here the program does wrong on purpose.

use std::time::Duration;

use tests::world::World;
use tokio::time::sleep;

use super::{load::Load, oracles};

/// Runs a load on a program that does wrong so many times, and gives what the checkers say.
async fn found(fault: &str, times: u32) -> Vec<String> {
    let fault = format!("{fault}=20*off->{times}*return->off");
    let mut world = World::start_with(&[("FAILPOINTS", &fault)]).await;
    let admin = world.admin().await;
    let load = Load::start(&admin, 4, 99);
    load.goes_on(150).await;
    let history = load.stop().await;
    sleep(Duration::from_secs(1)).await;
    let wrong = oracles::judge(&world, &history).await;
    world.stop().await;
    wrong
}

fn names(wrong: &[String], oracle: &str) -> bool {
    wrong.iter().any(|it| it.starts_with(oracle))
}

#[tokio::test]
async fn an_acknowledged_command_that_was_never_written_is_found() {
    let wrong = found("mutant.append.forget", 5).await;
    assert!(names(&wrong, "O1"), "{wrong:?}");
}

#[tokio::test]
async fn a_command_without_its_idempotency_record_is_found() {
    let wrong = found("mutant.idempotency.off", 5).await;
    assert!(names(&wrong, "O2"), "{wrong:?}");
}

#[tokio::test]
async fn an_answer_that_is_older_than_what_was_asked_for_is_found() {
    let wrong = found("mutant.reached.lie", 1_000).await;
    assert!(names(&wrong, "O5"), "{wrong:?}");
}

#[tokio::test]
async fn an_event_that_the_relay_left_out_is_found() {
    let wrong = found("mutant.relay.skip_one", 5).await;
    assert!(names(&wrong, "O6"), "{wrong:?}");
}

#[tokio::test]
async fn an_event_that_a_projector_dropped_is_found() {
    // Every projector comes by here with every batch, and has most often nothing to drop.
    let wrong = found("mutant.projector.drop_event", 200).await;
    assert!(names(&wrong, "O7") || names(&wrong, "O8"), "{wrong:?}");
}

#[tokio::test]
async fn a_checkpoint_that_moves_apart_from_its_rows_is_found() {
    let wrong = found("mutant.projector.checkpoint_apart", 1_000_000).await;
    assert!(names(&wrong, "O8: a checkpoint moved apart"), "{wrong:?}");
}

#[tokio::test]
async fn a_log_that_was_tampered_with_is_found() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let load = Load::start(&admin, 4, 7);
    load.goes_on(50).await;
    let acts = load.stop().await.acts;
    world.settled().await;
    let db = world.database().await;
    let log = oracles::log(&db).await;
    assert_eq!(oracles::order(&log), [""; 0]);
    assert_eq!(oracles::verified(&world), [""; 0]);

    let mut gone = log.clone();
    let lost = gone.remove(gone.len() / 2);
    assert!(!oracles::order(&gone).is_empty());
    let acknowledged =
        acts.iter().any(|act| act.done().is_some_and(|done| done.2 == lost.position));
    assert_eq!(oracles::durability(&acts, &gone).is_empty(), !acknowledged);

    // O4: two acts swapped in time.
    let mut swapped = acts.clone();
    swapped.sort_by_key(|act| act.done().map(|done| done.2));
    let (first, last) = (swapped[0].outcome.clone(), swapped[swapped.len() - 1].outcome.clone());
    let end = swapped.len() - 1;
    (swapped[0].outcome, swapped[end].outcome) = (last, first);
    assert!(!oracles::real_time(&swapped).is_empty());

    // The program's own examination, on a log whose trigger somebody took away.
    sqlx::raw_sql(
        "alter table event_store.events disable trigger events_are_never_changed;
         update event_store.events set version = version + 1 where position = 3;",
    )
    .execute(&db)
    .await
    .unwrap();
    assert!(!oracles::verified(&world).is_empty());
    world.stop().await;
}
