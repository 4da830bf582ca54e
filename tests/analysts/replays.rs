//! Replays of analysts: what was known, or true, at a moment, for those who may read it.

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::PgConnection;
use tests::world::World;

use super::{busy_business, log_in, rows};

/// What a command says when it fails.
fn refusal(world: &World, arguments: &[&str]) -> String {
    let output = world.try_cli(arguments);
    assert!(!output.status.success(), "{arguments:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The only value of the only row of a query.
async fn value(db: &mut PgConnection, query: &str) -> Value {
    rows(db, query).await.remove(0).into_iter().next().unwrap().1
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the program under test has the same clock")]
async fn a_replay_holds_what_was_so_then_and_is_read_by_whom_it_is_for() {
    let (mut world, admin) = busy_business().await;
    let ((name, mut analyst), (_, mut other)) = (log_in(&world).await, log_in(&world).await);
    let purchases = admin.get("/purchases?limit=200").await.expect(StatusCode::OK).body;
    let purchases = purchases["data"].as_array().unwrap().clone();
    let (then, as_of) = (admin.get("/customers").await.body, Utc::now());
    let customers = then["data"].as_array().unwrap().len();
    let late = json!({ "name": "Late", "walk_in": true });
    admin.post("/customers", late).await.expect(StatusCode::CREATED);
    world.wait_until_settled().await;

    // A day is over with its beginning, and nothing is known of what is still to come.
    let moment = as_of.to_rfc3339();
    let tomorrow = (Utc::now() + TimeDelta::days(2)).date_naive().to_string();
    let unknown = refusal(&world, &["replay", "crm.customers", "--as-of", &moment, "--into", "a"]);
    assert!(unknown.contains("did you mean crm.customer?"), "{unknown}");
    let odd = refusal(&world, &["replay", "--all", "--as-of", "yesterday", "--into", "a"]);
    assert!(odd.contains("2026-01-01"), "{odd}");
    for future in [tomorrow.as_str(), "999999999"] {
        let future = refusal(&world, &["replay", "--all", "--as-of", future, "--into", "a"]);
        assert!(future.contains("still to come"), "{future}");
    }

    let replay = |into: &str, more: &[&str]| {
        let arguments = [&["replay", "--into", into][..], more].concat();
        let said = world.cli(&arguments);
        said.split_once("tables: ").unwrap().1.lines().next().unwrap().to_owned()
    };
    let all = replay("then", &["--all", "--as-of", &moment]);
    assert_eq!(all, replay("again", &["--all", "--as-of", &moment]), "ANA-3");
    assert_eq!(value(&mut analyst, "select count(*) from \"then\".customers").await, customers);
    assert_eq!(value(&mut analyst, "select count(*) from customers").await, customers + 1);
    let purchased = value(&mut analyst, "select count(*) from \"then\".purchases").await;
    assert_eq!(purchased, purchases.len());
    // Pseudonyms are of one replay; the tables under the views are nobody's.
    let shared = "select count(*) from \"then\".customers join again.customers using (name)";
    assert_eq!(value(&mut analyst, shared).await, 0);
    let named = "select count(*) from \"then\".customers where length(name) = 32";
    assert_ne!(value(&mut analyst, named).await, 0);
    let table = "select * from then__crm_customer.customers";
    assert!(sqlx::query(table).fetch_all(&mut analyst).await.is_err());

    // What was placed by then, whenever we heard of it.
    let placed = |purchase: &Value| -> DateTime<Utc> {
        purchase["placed_at"].as_str().unwrap().parse().unwrap()
    };
    let mut times: Vec<_> = purchases.iter().map(placed).collect();
    times.sort_unstable();
    let middle = times[times.len() / 2];
    let known = times.iter().filter(|time| **time <= middle).count();
    let effective = ["purchasing.purchase", "--effective", "--as-of"];
    replay("placed", &[&effective[..], &[&middle.to_rfc3339()]].concat());
    assert_eq!(value(&mut analyst, "select count(*) from placed.purchases").await, known);
    let from = ["--from", &middle.to_rfc3339(), &moment];
    replay("since", &[&effective[..], &[from[2], from[0], from[1]]].concat());
    let since = times.iter().filter(|time| **time >= middle).count();
    assert_eq!(value(&mut analyst, "select count(*) from since.purchases").await, since);

    // With names for one of them only.
    replay("named", &["crm.customer", "--as-of", &moment, "--personal-for", &name]);
    let names = "select count(*) from named.customers where name is not null and length(name) < 32";
    assert_ne!(value(&mut analyst, names).await, 0);
    let refused = sqlx::query("select * from named.customers").fetch_all(&mut other).await;
    assert!(refused.is_err(), "it is for somebody else");

    let listed = world.cli(&["replay", "list"]);
    assert!(["then", "placed", "named"].iter().all(|name| listed.contains(name)), "{listed}");
    world.cli(&["replay", "drop", "then"]);
    assert!(sqlx::query("select * from \"then\".customers").fetch_all(&mut analyst).await.is_err());
    assert!(!world.cli(&["replay", "list"]).contains("then:"));
    world.stop().await;
}
