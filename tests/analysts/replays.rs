//! Replays of analysts: what was known, or true, at a moment, for those who may read it.

use chrono::{TimeDelta, Utc};
use reqwest::StatusCode;
use serde_json::json;
use sqlx::PgConnection;
use tests::world::{Caller, World};

use super::{log_in, rows};

/// What a command says when it fails.
pub(super) fn refusal(world: &World, arguments: &[&str]) -> String {
    let output = world.try_cli(arguments);
    assert!(!output.status.success(), "{arguments:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// How many rows there are.
async fn count(db: &mut PgConnection, from: &str) -> i64 {
    rows(db, &format!("select count(*) as n from {from}")).await[0]["n"].as_i64().unwrap()
}

/// Orders of five months, of which we heard at once.
pub(super) async fn send_orders(world: &World, admin: &Caller) {
    let product = json!({ "sku": "CAD", "name": "CAD" });
    let product = admin.post("/products", product).await.expect(StatusCode::CREATED).id();
    let policy = json!({ "policy": { "term": { "days": 100 } } });
    let policy = admin.post(&format!("/products/{product}/set-issuance-policy"), policy).await;
    policy.expect(StatusCode::OK);
    let buyer = json!({ "name": "Acme", "external_id": "C-1" });
    admin.post("/cabinets", buyer).await.expect(StatusCode::CREATED);
    let system = world.user_with_role(admin, "purchase_system", json!({ "name": "shop" })).await;
    let order = |month: u32| {
        json!({
            "specversion": "1.0", "type": "purchase.recorded", "source": "shop",
            "id": format!("m-{month}"), "time": format!("2026-0{month}-15T10:00:00Z"),
            "data": {
                "order": format!("A-{month}"), "sequence": 1,
                "organisation": { "name": "Acme", "external_id": "C-1" },
                "lines": [{
                    "line": 1, "product": "CAD", "quantity": 2,
                    "price": { "amount": 100, "currency": "EUR" },
                }],
                "total": { "amount": 200, "currency": "EUR" },
            },
        })
    };
    let orders: Vec<_> = (1..=5).map(order).collect();
    let sent = system.post("/ingest/purchases", json!(orders)).await.expect(StatusCode::OK).body;
    let sent = sent["data"].as_array().unwrap();
    assert!(sent.iter().all(|one| one["outcome"] == "applied"), "{sent:?}");
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the program under test has the same clock")]
async fn a_replay_holds_what_was_so_then_and_is_read_by_whom_it_is_for() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    send_orders(&world, &admin).await;
    let visitor = async |name: &str| {
        let visitor = json!({ "name": name, "walk_in": true });
        admin.post("/customers", visitor).await.expect(StatusCode::CREATED);
        world.wait_until_settled().await;
        Utc::now().to_rfc3339()
    };
    let moment = visitor("Anna").await;
    visitor("Late").await;
    let ((name, mut analyst), (_, mut other)) = (log_in(&world).await, log_in(&world).await);
    refuses_what_cannot_be_replayed(&world, &moment);

    let replay = |into: &str, more: &[&str]| {
        let said = world.cli(&[&["replay", "--into", into][..], more].concat());
        said.split_once("tables: ").unwrap().1.lines().next().unwrap().to_owned()
    };
    replay("known", &["--all", "--as-of", &moment]);
    assert_eq!(count(&mut analyst, "known.customers").await, 1);
    assert_eq!(count(&mut analyst, "customers").await, 2);
    assert_eq!(count(&mut analyst, "known.purchase_lines where quantity = 2").await, 5);
    // What is personal is a pseudonym of this replay; the tables under the views are nobody's.
    assert_eq!(count(&mut analyst, "known.customers where length(name) = 32").await, 1);
    assert_eq!(count(&mut analyst, "known.customers join customers using (id)").await, 1);
    assert_eq!(count(&mut analyst, "known.customers join customers using (name)").await, 0);
    let table = "select * from known__crm_customer.customers";
    assert!(sqlx::query(table).fetch_all(&mut analyst).await.is_err());

    // What was ordered by then, whenever we heard of it.
    let orders = ["purchasing.purchase", "--effective", "--as-of"];
    replay("ordered", &[&orders[..], &["2026-04-01"]].concat());
    assert_eq!(count(&mut analyst, "ordered.purchases").await, 3);
    replay("spring", &[&orders[..], &["2026-05-01", "--from", "2026-03-01"]].concat());
    assert_eq!(count(&mut analyst, "spring.purchases").await, 2);
    let before =
        world.cli(&["replay", "crm.customer", "--as-of", "2026-04-01", "--into", "before"]);
    assert!(before.contains("It is empty"), "{before}");

    // With names for one of them only.
    let digest = replay("unnamed", &["crm.customer", "--as-of", &moment]);
    let named = ["crm.customer", "--as-of", &moment, "--personal-for", &name];
    assert_eq!(replay("named", &named), digest, "ANA-3");
    assert_eq!(count(&mut analyst, "named.customers where name = 'Anna'").await, 1);
    let refused = sqlx::query("select * from named.customers").fetch_all(&mut other).await;
    assert!(refused.is_err(), "it is for somebody else");

    let listed = world.cli(&["replay", "list"]);
    assert!(["known", "ordered", "named"].iter().all(|name| listed.contains(name)), "{listed}");
    world.cli(&["replay", "drop", "known"]);
    assert!(sqlx::query("select * from known.customers").fetch_all(&mut analyst).await.is_err());
    assert!(!world.cli(&["replay", "list"]).contains("known:"));
    world.stop().await;
}

/// Says what there is instead, and how a moment is written.
#[expect(clippy::disallowed_methods, reason = "the program under test has the same clock")]
fn refuses_what_cannot_be_replayed(world: &World, moment: &str) {
    let unknown = refusal(world, &["replay", "crm.customers", "--as-of", moment, "--into", "a"]);
    assert!(unknown.contains("did you mean crm.customer?"), "{unknown}");
    let odd = refusal(world, &["replay", "--all", "--as-of", "yesterday", "--into", "a"]);
    assert!(odd.contains("2026-01-01"), "{odd}");
    let tomorrow = (Utc::now() + TimeDelta::days(2)).date_naive().to_string();
    for future in [tomorrow.as_str(), "999999999"] {
        let future = refusal(world, &["replay", "--all", "--as-of", future, "--into", "a"]);
        assert!(future.contains("still to come"), "{future}");
    }
}
