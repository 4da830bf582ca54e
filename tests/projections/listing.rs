//! Lists: paging, order, filters, search, bad queries, and the rows that a caller may see.

use std::collections::HashSet;

use domain::identity::{CabinetLimit, OwnScope, RowScope};
use projections::listing::{BadQuery, Field, Listing, OwnerColumns, Page, Query, fetch_page, find};
use uuid::Uuid;

use super::library::*;

const LISTING: Listing = Listing {
    from: "library_card.cards",
    fields: &[Field::text("name"), Field::int("lent")],
    search: Some("search"),
    sort: &["name", "lent", "created_at"],
    owner: OwnerColumns { customer: Some("id"), ..OwnerColumns::NONE },
};

async fn five_readers() -> Library {
    let library = Library::open().await;
    for (number, name) in ["Dora", "Anna", "Bert", "Anna", "Carl"].into_iter().enumerate() {
        let id = card_id(number as u128);
        library.record(id, opened(id, name)).await;
    }
    library.record(card_id(2), lent("Emma")).await;
    library.erase(card_id(4)).await;
    library.projections().catch_up(&CARD_PROJECTOR).await.unwrap();
    library
}

async fn page(library: &Library, query: &Query) -> Page<CardRow> {
    let mut source = (&library.database.app).into();
    fetch_page(&mut source, &LISTING, query, &RowScope::All).await.unwrap()
}

async fn names(library: &Library, query: &Query) -> Vec<Option<String>> {
    page(library, query).await.rows.into_iter().map(|row| row.name).collect()
}

#[tokio::test]
async fn pages_hold_every_row_once_in_every_order() {
    let library = five_readers().await;
    for sort in ["name", "-name", "lent", "-lent", "created_at", "-created_at"] {
        let all = Query { sort: Some(sort.into()), ..Query::default() };
        let expected = names(&library, &all).await;
        assert_eq!(expected.len(), 5);
        let (mut cursor, mut paged) = (None, Vec::new());
        loop {
            let query = Query { limit: Some(2), cursor, ..all.clone() };
            let mut source = (&library.database.app).into();
            let page = fetch_page::<CardRow>(&mut source, &LISTING, &query, &RowScope::All);
            let page = page.await.unwrap();
            paged.extend(page.rows.into_iter().map(|row| row.name));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(paged, expected, "{sort}");
    }
    let owned = |names: &[Option<&str>]| -> Vec<Option<String>> {
        names.iter().map(|name| name.map(str::to_owned)).collect()
    };
    let anna = Some("Anna");
    let ascending = owned(&[anna, anna, Some("Bert"), Some("Dora"), None]);
    assert_eq!(names(&library, &Query::default()).await, ascending, "the erased come last");
    library.database.stop().await;
}

#[tokio::test]
async fn filters_and_search_find_matching_rows() {
    let library = five_readers().await;
    let filtered = |field: &str, value: &str| Query {
        filters: vec![(field.into(), value.into())],
        ..Query::default()
    };
    let search_for = |q: &str| Query { q: Some(q.into()), ..Query::default() };
    let bert = [Some("Bert".to_owned())];
    assert_eq!(names(&library, &filtered("name", "Anna")).await.len(), 2);
    assert_eq!(names(&library, &filtered("lent", "1..")).await, bert);
    assert_eq!(names(&library, &filtered("lent", "0..1")).await.len(), 4);
    assert_eq!(names(&library, &filtered("id", &card_id(2).to_string())).await, bert);
    let some = format!("{},{},{}", card_id(2), card_id(3), card_id(99));
    assert_eq!(names(&library, &filtered("id", &some)).await.len(), 2, "one of several");
    assert_eq!(
        names(&library, &filtered("id", &format!("!{some}"))).await.len(),
        3,
        "none of them"
    );
    assert_eq!(names(&library, &filtered("id", "none")).await.len(), 0, "no value");
    assert_eq!(names(&library, &filtered("id", "!none")).await.len(), 5, "a value");
    let either = format!("none,{}", card_id(2));
    assert_eq!(names(&library, &filtered("id", &either)).await, bert, "no value or this one");
    assert_eq!(names(&library, &filtered("created_at", "none")).await.len(), 0);
    assert_eq!(names(&library, &filtered("created_at", "2031-01-01T00:00:00Z..")).await.len(), 0);
    assert_eq!(names(&library, &search_for("ER b")).await, bert);
    assert_eq!(names(&library, &search_for("%")).await.len(), 0, "nothing in a word is a pattern");

    let no_match = search_for("nobody");
    let page = page(&library, &no_match).await;
    assert_eq!((page.rows.len(), page.position), (0, 7), "an empty page knows its position");
    library.database.stop().await;
}

#[tokio::test]
async fn a_bad_query_names_its_parameter() {
    let library = five_readers().await;
    let filter = |field: &str, value: &str| Query {
        filters: vec![(field.into(), value.into())],
        ..Query::default()
    };
    let first_page = Query { limit: Some(1), ..Query::default() };
    let page = page(&library, &first_page).await;
    let foreign = Query { sort: Some("lent".into()), cursor: page.next, ..Query::default() };
    for (query, expected) in [
        (filter("colour", "red"), "filter[colour]"),
        (filter("lent", "many"), "filter[lent]"),
        (filter("id", ""), "filter[id]"),
        (filter("id", &format!("{},", card_id(1))), "filter[id]"),
        (filter("id", &vec![card_id(1).to_string(); 201].join(",")), "filter[id]"),
        (filter("created_at", "-200000-01-01T00:00:00Z.."), "filter[created_at]"),
        (Query { q: Some("An\u{0}na".into()), ..Query::default() }, "q"),
        (Query { q: Some("An\u{7}na".into()), ..Query::default() }, "q"),
        (Query { sort: Some("search".into()), ..Query::default() }, "sort"),
        (Query { limit: Some(201), ..Query::default() }, "limit"),
        (Query { cursor: Some("x".into()), ..Query::default() }, "cursor"),
        (foreign, "cursor"),
    ] {
        let answer = fetch_page::<CardRow>(
            &mut (&library.database.app).into(),
            &LISTING,
            &query,
            &RowScope::All,
        )
        .await;
        let Err(BadQuery::Parameter { parameter, .. }) = answer else { panic!("{query:?}") };
        assert_eq!(parameter, expected);
    }
    library.database.stop().await;
}

#[tokio::test]
async fn nobody_finds_what_they_may_not_see() {
    let library = five_readers().await;
    let user = Uuid::from_u128(77);
    let person = OwnScope { user, customer: None, place: CabinetLimit::In(None) };
    let own = RowScope::Own(OwnScope { customer: Some(card_id(2).into()), ..person });
    let stranger = RowScope::Own(person);
    let cabinets = RowScope::Cabinets { cabinets: vec![card_id(1).into()], own: person };
    for (row_scope, count) in
        [(RowScope::All, 5), (own.clone(), 1), (stranger, 0), (cabinets, 0), (RowScope::Nothing, 0)]
    {
        let query = Query::default();
        let page = fetch_page::<CardRow>(
            &mut (&library.database.app).into(),
            &LISTING,
            &query,
            &row_scope,
        )
        .await
        .unwrap();
        assert_eq!(page.rows.len(), count, "{row_scope:?}");
    }
    let find_own = async |id| {
        find::<CardRow>(&mut (&library.database.app).into(), &LISTING, id, &own).await.unwrap()
    };
    let item = find_own(card_id(2)).await.unwrap();
    assert_eq!((item.version, item.position, item.data.lent), (2, 6, 1));
    assert!(find_own(card_id(1)).await.is_none());
    let all: HashSet<_> = names(&library, &Query::default()).await.into_iter().collect();
    assert_eq!(all.len(), 4);
    library.database.stop().await;
}

#[tokio::test]
async fn row_security_applies_where_a_statement_has_no_filter() {
    let library = five_readers().await;
    let count_as = async |table: &'static str, customer: Uuid| -> i64 {
        let mut db = event_store::begin(&library.database.app).await.unwrap();
        let become_client = "select set_config('role', 'servicebook_client', true),
             set_config('row_scope.customer', $1::text, true)";
        sqlx::query(become_client).bind(customer).execute(&mut *db).await.unwrap();
        sqlx::query_scalar(table).fetch_one(&mut *db).await.unwrap()
    };
    let (cards, loans) =
        ("select count(*) from library_card.cards", "select count(*) from library_card.loans");
    assert_eq!(count_as(cards, card_id(2)).await, 1, "their own");
    assert_eq!(count_as(cards, card_id(9)).await, 0);
    assert_eq!(count_as(loans, card_id(2)).await, 0, "where nothing is allowed, nothing is seen");
    library.database.stop().await;
}
