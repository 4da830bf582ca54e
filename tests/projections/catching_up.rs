//! Catching up: the rows are the fold of the events, whatever the batch size and however many run.

use projections::{Projector, differences};
use tokio_util::sync::CancellationToken;

use super::library::*;

#[tokio::test]
async fn the_rows_are_the_fold_of_the_events() {
    let library = Library::open().await;
    let projections = library.projections();
    library.record(card_id(1), opened(card_id(1), "Anna")).await;
    library.record(card_id(1), lent("Emma")).await;
    library.record(card_id(1), lent("Persuasion")).await;
    library.record(card_id(2), opened(card_id(2), "Bert")).await;
    assert_eq!(projections.catch_up(&CARD_PROJECTOR).await.unwrap(), 4);
    library.record(card_id(1), returned("Emma")).await;
    library.record(card_id(2), Event::Destroyed {}).await;
    assert_eq!(projections.catch_up(&CARD_PROJECTOR).await.unwrap(), 6);

    let rows = library.rows().await;
    let [anna, loan] = &rows[..] else { panic!("{rows:?}") };
    for part in [
        r#""name":"Anna""#,
        r#""search":"anna""#,
        r#""lent":2"#,
        r#""version":4"#,
        r#""position":5"#,
        r#""created_at":"2030-03-17T17:47:40.123456+00:00""#,
        r#""updated_at":"2030-03-17T17:51:40.123456+00:00""#,
    ] {
        assert!(anna.contains(part), "{part} in {anna}");
    }
    assert!(loan.contains(r#""key":"Persuasion""#), "{loan}");
    assert!(projections.verify(&CARD_PROJECTOR).await.unwrap().are_complete());
    library.database.stop().await;
}

#[tokio::test]
async fn the_size_of_the_batches_makes_no_difference() {
    let library = Library::open().await;
    // On the empty log, so that all events are read in batches.
    for projector in [&BATCHES_OF_1, &BATCHES_OF_7, &BATCHES_OF_1000] {
        library.projections().catch_up(projector).await.unwrap();
    }
    library.record_random_history(7, 300).await;
    library.erase(card_id(3)).await;
    library.record_random_history(8, 20).await;

    let mut digests = Vec::new();
    for (projector, size) in [(&BATCHES_OF_1, 1), (&BATCHES_OF_7, 7), (&BATCHES_OF_1000, 1000)] {
        let projections = library.projections().with_batch_size(size);
        projections.catch_up(projector).await.unwrap();
        assert!(projections.verify(projector).await.unwrap().are_complete());
        digests.push(projections.table_digests(&projector.schema()).await.unwrap());
    }
    assert!(digests[0].iter().all(|table| table.rows > 0), "{digests:?}");
    assert_eq!(differences(&digests[0], &digests[1]), []);
    assert_eq!(differences(&digests[0], &digests[2]), []);

    let rebuilt = library.projections().rebuild(&BATCHES_OF_7, |_| ()).await.unwrap();
    assert_eq!(rebuilt.differences, Some(Vec::new()), "{rebuilt:?}");
    library.database.stop().await;
}

static BATCHES_OF_1: Projector = card_projector("library.one");
static BATCHES_OF_7: Projector = card_projector("library.seven");
static BATCHES_OF_1000: Projector = card_projector("library.thousand");

#[tokio::test]
async fn two_projectors_of_one_name_apply_every_event_once() {
    let library = Library::open().await;
    library.record(card_id(1), opened(card_id(1), "Anna")).await;
    let stop = CancellationToken::new();
    let runners: Vec<_> = (0..2)
        .map(|_| {
            let (projections, stop) = (library.projections().with_batch_size(3), stop.clone());
            tokio::spawn(async move { projections.run(&CARD_PROJECTOR, stop).await })
        })
        .collect();
    for number in 0..60 {
        library.record(card_id(1), lent(&format!("book {}", number % 7))).await;
    }
    let patience = std::time::Duration::from_secs(20);
    let reached =
        library.projections().wait_until_reached("library.card", 61, patience).await.unwrap();
    stop.cancel();
    for runner in runners {
        runner.await.unwrap();
    }

    assert_eq!(reached, 61);
    let rows = library.rows().await;
    assert!(rows[0].contains(r#""lent":60"#), "{rows:?}");
    assert!(library.projections().verify(&CARD_PROJECTOR).await.unwrap().are_complete());
    library.database.stop().await;
}

#[tokio::test]
async fn waiting_for_a_position_answers_how_far_the_projector_got() {
    let library = Library::open().await;
    let projections = library.projections();
    library.record(card_id(1), opened(card_id(1), "Anna")).await;
    projections.catch_up(&CARD_PROJECTOR).await.unwrap();
    let patience = std::time::Duration::from_millis(50);
    assert_eq!(projections.wait_until_reached("library.card", 1, patience).await.unwrap(), 1);
    assert_eq!(projections.wait_until_reached("library.card", 9, patience).await.unwrap(), 1);
    library.database.stop().await;
}
