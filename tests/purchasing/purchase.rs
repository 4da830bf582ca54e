use std::collections::BTreeSet;

use commands::{
    Failure, Order,
    policy::{self, MATRIX, Right},
    purchasing::ingest::Outcome,
};
use domain::{
    identity::{Actor, Role, Scope},
    purchasing::{purchase, purchase_event},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::feed::{Shop, demo};

/// Knuth's shuffle, with his generator: the same for the same seed.
fn shuffled(mut messages: Vec<String>, mut seed: u64) -> Vec<String> {
    for place in (1..messages.len()).rev() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let other = usize::try_from(seed >> 33).unwrap() % (place + 1);
        messages.swap(place, other);
    }
    messages
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::disallowed_methods, reason = "the database has the same clock")]
async fn a_feed_comes_to_the_same_once_twice_and_shuffled() {
    let feed = demo();
    // Until when one waits for another depends on the clock.
    let now = chrono::Utc::now();
    let shop = Shop::open_at(now).await;
    shop.hear(&feed).await;
    let once = shop.known().await;
    let count = |table| once.iter().find(|(name, _)| *name == table).unwrap().1.len();
    assert!(count("purchasing_purchase.purchases") >= 2_000);
    assert!(count("licensing_license.licenses") >= 2_000);
    assert!(count("organizations_cabinet.cabinets") >= 300);
    assert!(count("purchasing_purchase_event.parked") >= 50);

    shop.hear(&feed).await;
    same(&once, &shop.known().await);
    shop.database.stop().await;

    let other = Shop::open_at(now).await;
    other.hear(&shuffled(feed, 7)).await;
    same(&once, &other.known().await);
    other.database.stop().await;
}

pub(super) type Known = [(&'static str, Vec<String>)];

/// Compares table by table; two lists of thousands of rows would say nothing.
pub(super) fn same(one: &Known, other: &Known) {
    for ((table, one), (_, other)) in one.iter().zip(other) {
        let [rows, others] = [one, other].map(|rows| rows.iter().collect::<BTreeSet<_>>());
        let (missing, extra) = (rows.difference(&others).next(), others.difference(&rows).next());
        assert!(missing.is_none() && extra.is_none(), "{table}:\n{missing:?}\n{extra:?}");
        assert_eq!(one.len(), other.len(), "{table}");
    }
}

fn recorded(product: &str) -> Value {
    let lines = json!([{
        "line": 1, "product": product, "quantity": 2,
        "price": { "amount": 100, "currency": "EUR" },
    }]);
    json!({
        "specversion": "1.0", "type": "purchase.recorded", "source": "shop", "id": "m-1",
        "time": "2026-01-31T10:00:00Z",
        "data": {
            "order": "A-1", "sequence": 1, "lines": lines,
            "organisation": { "name": "Acme", "tax_id": "DE123456789" },
            "total": { "amount": 200, "currency": "EUR" },
        },
    })
}

#[tokio::test]
async fn pur_3_a_parked_message_is_applied_once_its_product_exists() {
    let shop = Shop::open().await;
    let outcomes = shop.hear(&[recorded("orbit").to_string()]).await;
    let Outcome::Parked { parked, reason } = &outcomes[0] else { panic!("{outcomes:?}") };
    assert_eq!(reason.code, "unknown_product");

    shop.sell("ORBIT", None, json!({ "term": { "days": 30 } })).await;
    let again = purchase_event::Command::Reprocess {};
    shop.desk.execute(Order::new(*parked, again, Actor::system("test"))).await.unwrap();
    shop.work().await;

    let known = shop.known().await;
    let rows = |table| &known.iter().find(|(name, _)| *name == table).unwrap().1;
    let [license] = &rows("licensing_license.licenses")[..] else { panic!("{known:?}") };
    let license: Value = serde_json::from_str(license).unwrap();
    assert_eq!(license["starts_at"], "2026-01-31T10:00:00+00:00", "the clock has no say");
    assert_eq!(license["ends_at"], "2026-03-02T10:00:00+00:00");
    assert!(rows("purchasing_purchase_event.parked")[0].contains("reprocessed"));
    assert!(rows("purchasing_purchase.purchases")[0].contains("\"fulfilled\""));
    shop.database.stop().await;
}

#[tokio::test]
async fn pur_1_an_id_that_was_used_for_another_order_is_parked() {
    let shop = Shop::open().await;
    let mut other = recorded("LENS-VIEWER");
    shop.hear(&[other.to_string()]).await;
    other["data"]["order"] = json!("A-2");
    let outcomes = shop.hear(&[other.to_string()]).await;
    let Outcome::Parked { reason, .. } = &outcomes[0] else { panic!("{outcomes:?}") };
    assert_eq!(reason.code, "conflict");
    shop.database.stop().await;
}

#[tokio::test]
async fn pur_6_a_purchase_system_tells_of_purchases_and_does_nothing_else() {
    let allowed: Vec<_> = MATRIX.iter().map(|(right, _)| *right).collect();
    let allowed = allowed
        .into_iter()
        .filter(|right| policy::scope(*right, Role::PurchaseSystem) != Scope::None);
    let (tells, reads) = (Right::PurchasesIngest, Right::PurchasesRead);
    // What it did itself it may look up in the audit trail.
    let known = [Right::Profile, Right::ProductsRead, tells, reads, Right::Audit];
    assert_eq!(allowed.collect::<Vec<_>>(), known);

    let shop = Shop::open().await;
    let told = shop.hear(&[recorded("LENS-VIEWER").to_string()]).await;
    let Outcome::Applied { purchase } = told[0] else { panic!("{told:?}") };
    let reason = "because".parse().unwrap();
    let discard = purchase::Command::DiscardLine { line: 1, reason };
    let source = Actor::new(Uuid::from_u128(2), Role::PurchaseSystem);
    let outcome = shop.desk.execute(Order::new(purchase, discard, source)).await;
    assert!(matches!(outcome, Err(Failure::Forbidden)), "{outcome:?}");
    shop.database.stop().await;
}

#[tokio::test]
async fn lic_11_what_is_given_back_ends_and_what_is_left_stays() {
    let shop = Shop::open().await;
    let refund = json!({
        "specversion": "1.0", "type": "purchase.refunded", "source": "shop", "id": "m-2",
        "time": "2026-02-03T10:00:00Z",
        "data": {
            "order": "A-1", "sequence": 2, "lines": [{ "line": 1, "quantity": 1 }],
            "total": { "amount": 100, "currency": "EUR" },
        },
    });
    shop.hear(&[refund.to_string(), recorded("TIDE-SERVER").to_string()]).await;
    let known = shop.known().await;
    let rows = &known.iter().find(|(name, _)| *name == "licensing_license.licenses").unwrap().1;
    let revoked = rows.iter().filter(|row| row.contains("\"revoked\": true")).count();
    assert_eq!((rows.len(), revoked), (2, 1));
    shop.database.stop().await;
}
