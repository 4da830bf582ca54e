//! An event that cannot be folded parks its stream; other streams go on, and the parked one is
//! retried.

use super::library::*;

const META: &str = r#"{"actor":"00000000-0000-0000-0000-000000000000","command":"00000000-0000-0000-0000-000000000000","correlation":"00000000-0000-0000-0000-000000000000"}"#;

#[tokio::test]
async fn a_poison_event_parks_its_stream_and_no_other() {
    let library = Library::open().await;
    let projections = library.projections();
    projections.catch_up(&CARD_PROJECTOR).await.unwrap();
    for number in 1..=7 {
        library.record(card_id(number), opened(card_id(number), "Reader")).await;
    }
    // An unknown type, wrong data, a panic in the fold, a value too large for its column, a number
    // out of range, missing meta, and JSON that is nested too deeply.
    library.record_raw(card_id(1), "CardEaten", "{}", META).await;
    library.record_raw(card_id(2), "CardLent", r#"{"book":7}"#, META).await;
    library.record(card_id(3), lent("cursed")).await;
    let huge = Event::Lent { book: "huge".into(), days: 1_000_000 };
    library.record(card_id(4), huge).await;
    library.record_raw(card_id(5), "CardLent", r#"{"book":"x","days":1e400}"#, META).await;
    library.record_raw(card_id(6), "CardLent", r#"{"book":"x","days":1}"#, "{}").await;
    let deep = format!(r#"{{"book":{}{},"days":1}}"#, "[".repeat(5_000), "]".repeat(5_000));
    library.record_raw(card_id(7), "CardLent", &deep, META).await;
    library.record(card_id(8), opened(card_id(8), "Anna")).await;
    for number in 1..=8 {
        library.record(card_id(number), lent("Emma")).await;
    }
    projections.catch_up(&CARD_PROJECTOR).await.unwrap();

    let status = projections.status(&CARD_PROJECTOR).await.unwrap();
    let parked: Vec<_> = status.parked.iter().map(|parked| parked.id).collect();
    assert_eq!(parked, (1..=7).map(card_id).collect::<Vec<_>>());
    assert!(status.parked.iter().all(|parked| parked.version == 2), "{:?}", status.parked);
    assert!(status.parked[2].error.contains("this book cannot be lent"), "{:?}", status.parked);
    let loans = library.rows().await.into_iter().filter(|row| row.contains("Emma"));
    assert_eq!(loans.count(), 1, "only the one that is not parked goes on");
    assert!(projections.verify(&CARD_PROJECTOR).await.unwrap().are_complete());

    let rebuilt = projections.rebuild(&CARD_PROJECTOR, |_| ()).await.unwrap();
    assert_eq!((rebuilt.differences, rebuilt.parked), (Some(Vec::new()), 7));
    library.database.stop().await;
}

#[tokio::test]
async fn a_parked_stream_catches_up_after_the_fix() {
    let library = Library::open().await;
    let projections = library.projections();
    projections.catch_up(&CARD_PROJECTOR).await.unwrap();
    library.record(card_id(1), opened(card_id(1), "Anna")).await;
    library.record(card_id(1), Event::Lent { book: "Emma".into(), days: 100_000 }).await;
    library.record(card_id(1), lent("Persuasion")).await;
    projections.catch_up(&CARD_PROJECTOR).await.unwrap();
    assert_eq!(
        projections.retry_parked(&CARD_PROJECTOR, None).await.unwrap(),
        1,
        "nothing was mended"
    );

    // The fix: a column that holds more days.
    sqlx::raw_sql("alter table library_card.loans alter days type int")
        .execute(&library.database.app)
        .await
        .unwrap();
    assert_eq!(projections.retry_parked(&CARD_PROJECTOR, Some(card_id(1))).await.unwrap(), 0);
    let rows = library.rows().await;
    assert!(rows[0].contains(r#""lent":2"#), "{rows:?}");
    assert_eq!(rows.len(), 3, "the card and both loans");
    assert_eq!(projections.status(&CARD_PROJECTOR).await.unwrap().parked, []);
    library.database.stop().await;
}
