//! Rebuilding and replaying read models: the result equals the live one and replaces it.

use chrono::{DateTime, Utc};
use projections::{Error, Projector, ReplayEnd, ReplayRequest};

use super::library::*;

/// The projector of a newer version of the code, with another table definition.
static CARD_PROJECTOR_V2: Projector = Projector {
    name: "library.card",
    version: 2,
    tables: "
        create table cards (
            id         uuid        primary key,
            name       text        collate \"C\",
            lent       int         not null,
            shown      text        generated always as (upper(name)) stored,
            version    int         not null,
            position   bigint      not null,
            created_at timestamptz not null,
            updated_at timestamptz not null
        );
        create table loans (
            id uuid not null, key text collate \"C\" not null, days int not null,
            primary key (id, key)
        );",
    streams: STREAMS,
};

#[tokio::test]
async fn a_rebuilt_read_model_is_equal_to_the_live_one_and_takes_its_place() {
    let library = Library::open().await;
    let projections = library.projections();
    projections.catch_up(&CARD_PROJECTOR).await.unwrap();
    library.record_random_history(1, 200).await;
    projections.catch_up(&CARD_PROJECTOR).await.unwrap();
    let before = library.rows().await;
    library.record_random_history(2, 20).await;

    let mut progress = 0;
    let rebuilt =
        projections.rebuild(&CARD_PROJECTOR, |filling| progress = filling.done).await.unwrap();
    assert_eq!((rebuilt.differences, rebuilt.position), (Some(Vec::new()), 200));
    assert_eq!((progress, rebuilt.events), (200, 200));
    assert_eq!(library.rows().await, before);

    projections.catch_up(&CARD_PROJECTOR).await.unwrap();
    let rebuilt = projections.rebuild(&CARD_PROJECTOR, |_| ()).await.unwrap();
    assert_eq!((rebuilt.differences, rebuilt.position), (Some(Vec::new()), 220));
    assert!(projections.verify(&CARD_PROJECTOR).await.unwrap().are_complete());
    library.database.stop().await;
}

#[tokio::test]
async fn a_rebuild_finds_what_somebody_changed_by_hand() {
    let library = Library::open().await;
    let projections = library.projections();
    library.record_random_history(3, 50).await;
    projections.catch_up(&CARD_PROJECTOR).await.unwrap();
    sqlx::query("update library_card.cards set lent = lent + 1")
        .execute(&library.database.app)
        .await
        .unwrap();

    let rebuilt = projections.rebuild(&CARD_PROJECTOR, |_| ()).await.unwrap();
    let differences = rebuilt.differences.unwrap();
    assert_eq!(differences.len(), 1);
    assert!(differences[0].to_string().starts_with("cards: "), "{}", differences[0]);
    let rebuilt = projections.rebuild(&CARD_PROJECTOR, |_| ()).await.unwrap();
    assert_eq!(rebuilt.differences, Some(Vec::new()));
    library.database.stop().await;
}

#[tokio::test]
async fn newer_code_builds_its_read_model_by_itself_and_older_code_steps_back() {
    let library = Library::open().await;
    let projections = library.projections();
    library.record(card_id(1), opened(card_id(1), "Anna")).await;
    library.record(card_id(2), lent("cursed")).await;
    projections.catch_up(&CARD_PROJECTOR).await.unwrap();
    library.record(card_id(1), lent("Emma")).await;
    assert_eq!(projections.catch_up(&CARD_PROJECTOR_V2).await.unwrap(), 3);

    let shown: String = sqlx::query_scalar("select shown from library_card.cards")
        .fetch_one(&library.database.app)
        .await
        .unwrap();
    assert_eq!(shown, "ANNA");
    let old = projections.catch_up(&CARD_PROJECTOR).await;
    assert!(matches!(old, Err(Error::Superseded { stored: 2, code: 1, .. })), "{old:?}");
    // Older code cannot retry parked streams any more, either.
    let old = projections.retry_parked(&CARD_PROJECTOR, None).await;
    assert!(matches!(old, Err(Error::Superseded { stored: 2, code: 1, .. })), "{old:?}");
    assert_eq!(projections.retry_parked(&CARD_PROJECTOR_V2, None).await.unwrap(), 1);
    library.database.stop().await;
}

#[tokio::test]
async fn a_newer_read_model_is_never_behind_the_one_it_replaces() {
    let library = Library::open().await;
    let projections = library.projections();
    library.record_random_history(1, 50).await;
    projections.catch_up(&CARD_PROJECTOR).await.unwrap();
    // Older code continues while newer code, which has read the log to its end, waits for the
    // checkpoint.
    let mut older = event_store::begin(&library.database.app).await.unwrap();
    let lock_checkpoint =
        "select 1 from projections.checkpoints where name = 'library.card' for update";
    sqlx::query(lock_checkpoint).execute(&mut *older).await.unwrap();
    let newer = tokio::spawn(async move { projections.rebuild(&CARD_PROJECTOR_V2, |_| ()).await });
    let waiting_sessions = "select count(*) from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock'";
    while library.database.count(waiting_sessions).await == 0 {
        assert!(!newer.is_finished(), "it waits for nobody");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    library.record_random_history(2, 20).await;
    let head = library.head().await;
    let move_checkpoint =
        "update projections.checkpoints set position = $1 where name = 'library.card'";
    sqlx::query(move_checkpoint).bind(head).execute(&mut *older).await.unwrap();
    older.commit().await.unwrap();
    let rebuilt = newer.await.unwrap().unwrap();
    assert_eq!(rebuilt.position, head, "whoever saw that waits for it again");
    assert!(library.projections().verify(&CARD_PROJECTOR_V2).await.unwrap().are_complete());
    library.database.stop().await;
}

#[tokio::test]
async fn a_running_projector_goes_on_in_the_tables_that_took_its_place() {
    let library = Library::open().await;
    let projections = library.projections();
    let stop = tokio_util::sync::CancellationToken::new();
    let running = tokio::spawn({
        let (projections, stop) = (projections.clone(), stop.clone());
        async move { projections.run(&CARD_PROJECTOR, stop).await }
    });
    let patience = std::time::Duration::from_secs(20);
    for round in 0..3 {
        library.record_random_history(round, 30).await;
        let position = library.head().await;
        let reached =
            projections.wait_until_reached("library.card", position, patience).await.unwrap();
        assert_eq!(reached, position);
        let rebuilt = projections.rebuild(&CARD_PROJECTOR, |_| ()).await.unwrap();
        assert_eq!(rebuilt.differences, Some(Vec::new()), "{rebuilt:?}");
    }
    stop.cancel();
    running.await.unwrap();
    library.database.stop().await;
}

#[tokio::test]
async fn erasing_a_person_leaves_what_a_rebuild_would_make() {
    let library = Library::open().await;
    let projections = library.projections();
    projections.catch_up(&CARD_PROJECTOR).await.unwrap();
    library.record(card_id(1), opened(card_id(1), "Anna")).await;
    library.record(card_id(2), opened(card_id(2), "Bert")).await;
    library.record(card_id(1), lent("Emma")).await;
    projections.catch_up(&CARD_PROJECTOR).await.unwrap();
    assert_eq!(library.name(card_id(1)).await.as_deref(), Some("Anna"));

    library.erase(card_id(1)).await;
    projections.catch_up(&CARD_PROJECTOR).await.unwrap();
    assert_eq!(library.name(card_id(1)).await, None);
    assert_eq!(library.name(card_id(2)).await.as_deref(), Some("Bert"));
    let rows = library.rows().await;
    assert!(rows[0].contains(r#""lent":1"#), "the rest stays: {rows:?}");
    let rebuilt = projections.rebuild(&CARD_PROJECTOR, |_| ()).await.unwrap();
    assert_eq!(rebuilt.differences, Some(Vec::new()));
    assert_eq!(library.rows().await, rows);
    library.database.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn plt_1_a_person_who_is_erased_during_a_replay_is_erased_there_too() {
    let library = Library::open().await;
    let projections = library.projections();
    for number in [1, 2] {
        library.record(card_id(number), opened(card_id(number), "Reader")).await;
    }
    // A replay skips what cannot be folded, without parking it.
    library.record(card_id(2), lent("cursed")).await;
    let mut erased = false;
    let request = replay_request("last_week", recorded_at(3));
    let filling = projections.replay(&request, |_| {
        if !std::mem::replace(&mut erased, true) {
            let erase = async { library.erase(card_id(1)).await };
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(erase));
        }
    });
    assert_eq!(filling.await.unwrap().replays[0].position, 3);
    assert!(erased);
    let names: Vec<Option<String>> =
        sqlx::query_scalar("select name from last_week__library_card.cards order by id")
            .fetch_all(&library.database.app)
            .await
            .unwrap();
    assert_eq!(names, [None, Some("Reader".to_owned())]);
    assert_eq!(library.database.count("select count(*) from operations.parked").await, 0);
    library.database.stop().await;
}

#[tokio::test]
async fn a_replay_shows_the_state_at_a_moment() {
    let library = Library::open().await;
    let projections = library.projections();
    library.record(card_id(1), opened(card_id(1), "Anna")).await;
    library.record(card_id(1), renamed(card_id(1), "Anne")).await;
    projections.catch_up(&CARD_PROJECTOR).await.unwrap();

    let replay =
        async |into: &str| projections.replay(&replay_request(into, recorded_at(1)), |_| ()).await;
    assert_eq!(replay("last_week").await.unwrap().replays[0].position, 1);
    let name: String = sqlx::query_scalar("select name from last_week__library_card.cards")
        .fetch_one(&library.database.app)
        .await
        .unwrap();
    assert_eq!(name, "Anna");
    assert_eq!(library.name(card_id(1)).await.as_deref(), Some("Anne"));
    assert!(matches!(replay("last_week").await, Err(Error::SchemaExists(_))));
    assert!(matches!(replay("x\"; drop").await, Err(Error::InvalidSchemaName(_))));
    library.database.stop().await;
}

/// All cards as they were at a moment.
fn replay_request(into: &str, moment: DateTime<Utc>) -> ReplayRequest {
    ReplayRequest {
        name: into.to_owned(),
        projectors: vec![&CARD_PROJECTOR],
        until: ReplayEnd::Moment(moment),
        effective: false,
        since: None,
        personal_for: None,
        id: None,
        scenario: None,
    }
}
