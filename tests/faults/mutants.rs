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
async fn versions_with_gaps_are_found() {
    let wrong = found("mutant.version.skip", 1_000).await;
    assert!(names(&wrong, "O3: version"), "{wrong:?}");
    // The program's own examination says the same; to all others it is well.
    let other = wrong.iter().find(|it| !it.starts_with("O3") && !it.starts_with("O8"));
    assert_eq!(other, None);
}

#[tokio::test]
async fn a_place_in_the_log_that_is_taken_late_is_found() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let db = world.database().await;
    // Once, a place is left free, and given to a command that came long after it was passed by: one
    // that creates something, as any other might come to stand before its own history.
    let append = "select pg_get_functiondef('event_store.append'::regproc)";
    let append: String = sqlx::query_scalar(append).fetch_one(&db).await.unwrap();
    let found = "    -- First of all: who repeats a command";
    assert_eq!(append.matches(found).count(), 1, "{append}");
    let wrong = format!(
        "    if (select free from event_store.mutant) <= before - 6 and cardinality(b.e_id) = 1
            and b.e_version[1] = 1 then
            update event_store.mutant set free = null, over = true returning place into before;
            select recorded_at into recorded from event_store.events where position = before;
        elsif (select not over and free is null and place < before from event_store.mutant) then
            update event_store.mutant set free = before, place = before;
            before := before + 1;
        end if;
    {found}"
    );
    let append = append.replace(found, &wrong);
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
    load.goes_on(150).await;
    let history = load.stop().await;
    let wrong = oracles::all(&world, &history).await;
    assert!(names(&wrong, "O4"), "{wrong:?}");
    let other = wrong.iter().find(|it| !it.starts_with("O4"));
    assert_eq!(other, None, "nobody else sees it");
    world.stop().await;
}

#[tokio::test]
async fn claims_that_nobody_makes_are_found() {
    let wrong = found("mutant.claims.off", 10_000).await;
    assert!(names(&wrong, "O13") && names(&wrong, "O8"), "{wrong:?}");
}

#[tokio::test]
async fn an_event_that_a_projector_dropped_is_found() {
    // The checkpoint counts it, and nobody of the load looks at this one.
    let wrong = found("mutant.support.issue_client.drop_event", 1_000).await;
    assert!(names(&wrong, "O7: support.issue_client"), "{wrong:?}");
    assert_eq!(wrong.len(), 1, "{wrong:?}");
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
