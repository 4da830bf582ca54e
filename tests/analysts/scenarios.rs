//! Scenarios: what would have been under other policies over the same facts, and what differs from what was.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::PgConnection;
use tests::world::{Caller, World};
use tokio::time::sleep;
use uuid::Uuid;

use super::{
    differences::assert_diff,
    leftovers::{assert_clock_stands_still, assert_erasure, assert_nothing_is_left},
    log_in,
    replays::{refusal, send_orders},
    requested::{request, wait_for},
    rows,
    views::question_about_a_scenario,
};

/// What the replays are of.
const READ_MODELS: [&str; 4] =
    ["catalog.product", "crm.customer", "licensing.license", "scheduling.service"];

/// A salon that sells licences: two services, and five orders of licences that have expired.
struct Business {
    cut: Uuid,
    product: Uuid,
    renewed: Uuid,
    /// With all of that.
    position: i64,
}

impl Business {
    async fn begin(world: &World, admin: &Caller) -> Self {
        send_orders(world, admin).await;
        let customer = json!({ "name": "Anna", "walk_in": true });
        admin.post("/customers", customer).await.expect(StatusCode::CREATED);
        let service = |name: &str, cents: u32| {
            let price = json!({ "amount": cents, "currency": "EUR" });
            let phases = json!([{ "minutes": 30, "needs": ["person"] }]);
            json!({ "name": name, "phases": phases, "price": price })
        };
        let cut = admin.post("/services", service("Cut", 3_800)).await.expect(StatusCode::CREATED);
        admin.post("/services", service("Wash", 1_005)).await.expect(StatusCode::CREATED);
        world.wait_until_settled().await;
        let licenses = admin.get("/licenses?sort=starts_at").await.body["data"].clone();
        let renewed = licenses[0]["id"].as_str().unwrap().parse().unwrap();
        let renew = json!({ "from": licenses[0]["ends_at"] });
        let renew = admin.post(&format!("/licenses/{renewed}/renew"), renew).await;
        renew.expect(StatusCode::OK);
        let db = world.database().await;
        let open = "select count(*) from licensing_license.licenses where due_at is not null";
        while sqlx::query_scalar::<_, i64>(open).fetch_one(&db).await.unwrap() > 0 {
            sleep(Duration::from_millis(50)).await;
        }
        world.wait_until_settled().await;
        let product = licenses[0]["product_id"].as_str().unwrap().parse().unwrap();
        let position = admin.get("/licenses").await.position();
        Self { cut: cut.id(), product, renewed, position }
    }

    /// Everything 10 % dearer but for a cut, and licences that last longer.
    fn scenario(&self) -> Value {
        json!({
            "label": "Dearer & longer, 'they' say",
            "overrides": [
                { "type": "service_price", "change": { "percent": 10 } },
                {
                    "type": "service_price", "service": self.cut,
                    "change": { "amount": { "amount": 4000, "currency": "EUR" } },
                },
                {
                    "type": "issuance", "product": self.product,
                    "change": { "term": { "days": 120 }, "grace_days": 1000 },
                },
            ],
        })
    }

    async fn replay(&self, caller: &Caller, name: &str, scenario: Option<Value>) -> Value {
        let mut body =
            json!({ "name": name, "read_models": READ_MODELS, "at_position": self.position });
        if let Some(scenario) = scenario {
            body["scenario"] = scenario;
        }
        wait_for(caller, &request(caller, body).await, "completed").await
    }
}

#[tokio::test]
async fn ana_4_a_scenario_is_counterfactual_and_says_in_what_it_differs() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let business = Business::begin(&world, &admin).await;
    let analyst = world.user_with_role(&admin, "analyst", json!({})).await;
    let (name, mut login) = log_in(&world).await;
    let live = lists(&admin).await;

    let actual = business.replay(&analyst, "actual", None).await;
    assert_eq!(actual["scenario"], Value::Null);
    let made = business.replay(&analyst, "longer", Some(business.scenario())).await;
    assert_eq!(made["scenario"]["label"], business.scenario()["label"]);
    assert_eq!(made["scenario"]["overrides"].as_array().unwrap().len(), 3);
    let again = business.replay(&analyst, "again", Some(business.scenario())).await;
    assert_eq!((&again["digest"], &again["tables"]), (&made["digest"], &made["tables"]), "ANA-3");
    assert_ne!(made["digest"], actual["digest"]);
    let listed = rows(&mut login, "select scenario_label from replays order by name").await;
    let label = &business.scenario()["label"];
    let listed: Vec<_> = listed.iter().map(|row| &row["scenario_label"]).collect();
    assert_eq!(listed, [&Value::Null, label, label]);

    assert_prices_and_terms(&business, &mut login).await;
    let diff = assert_diff(&mut login, "longer", &READ_MODELS).await;
    for (view, field) in [
        ("services", "price_amount"),
        ("products", "issuance_policy_grace_days"),
        ("products", "issuance_policy_term"),
        ("licenses", "ends_at"),
        ("license_terms", "until"),
    ] {
        let is_there = diff.iter().any(|row| row["view"] == view && row["field"] == field);
        assert!(is_there, "{view}.{field}: {diff:#?}");
    }
    let question = rows(&mut login, &question_about_a_scenario("longer")).await;
    assert_eq!(question[0]["dearer"], json!(200 + 101));
    assert_labels(&mut login, label.as_str().unwrap()).await;
    assert_eq!(lists(&admin).await, live, "a scenario changes nothing");

    shell_does_the_same(&world, &business, &made, &name);
    assert_eq!(rows(&mut login, "select from named.customers where name = 'Anna'").await.len(), 1);
    // All read models can be asked, whatever they show.
    let ordered = rows(&mut login, "select scenario from in_june.purchases").await;
    assert!(ordered.len() == 5 && ordered.iter().all(|row| row["scenario"] == *label));

    assert_clock_stands_still(&world).await;
    assert_erasure(&world, &mut login).await;
    assert_nothing_is_left(&world, &analyst, &again).await;
    world.stop().await;
}

/// What the API says of what is live.
async fn lists(admin: &Caller) -> Vec<Value> {
    let mut lists = vec![];
    for list in ["products", "services", "licenses"] {
        lists
            .push(admin.get(&format!("/{list}")).await.expect(StatusCode::OK).body["data"].clone());
    }
    lists
}

async fn assert_prices_and_terms(business: &Business, login: &mut PgConnection) {
    let prices = "select name, price_amount from longer.services order by name";
    let prices = rows(login, prices).await;
    let prices: Vec<_> = prices.iter().map(|row| &row["price_amount"]).collect();
    assert_eq!(prices, [4_000, 1_106], "of what costs 10.05, half a cent is rounded up");
    // The first was renewed where it ended, for as long as the policy says.
    let terms = |replay: &str, id: Uuid| {
        format!(
            "select \"from\"::date::text || ' to ' || until::date::text as term
             from {replay}.license_terms where license_id = '{id}' order by number"
        )
    };
    let mut terms_of = async |replay: &str| {
        let terms = rows(&mut *login, &terms(replay, business.renewed)).await;
        terms.into_iter().map(|row| row["term"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let then = ["2026-01-15 to 2026-04-25", "2026-04-25 to 2026-08-03"];
    assert_eq!(terms_of("actual").await, then);
    let longer = ["2026-01-15 to 2026-05-15", "2026-05-15 to 2026-09-12"];
    assert_eq!(terms_of("longer").await, longer);
    let grace = rows(login, "select distinct grace_days from longer.licenses").await;
    assert!(grace.len() == 1 && grace[0]["grace_days"] == 1_000, "{grace:?}");
    // What was ordered and by whom is the same.
    for (view, columns, count) in
        [("customers", "id", 1), ("licenses", "id, quantity, cabinet_id, created_at", 5)]
    {
        let [actual, longer] =
            ["actual", "longer"].map(|replay| format!("select {columns} from {replay}.{view}"));
        assert_eq!(rows(login, &actual).await.len(), count, "{view}");
        for different in [format!("{actual} except {longer}"), format!("{longer} except {actual}")]
        {
            assert_eq!(rows(login, &different).await, [], "{different}");
        }
    }
}

/// Whoever sees a schema, a view, or only a result, sees that it was never so.
async fn assert_labels(login: &mut PgConnection, label: &str) {
    let said = format!("Counterfactual: {label}");
    let comments = "select c.relname, obj_description(c.oid, 'pg_class') as view,
             obj_description(n.oid, 'pg_namespace') as schema
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = 'longer'";
    let comments = rows(login, comments).await;
    assert!(comments.len() > 6);
    for row in comments {
        for comment in [&row["view"], &row["schema"]] {
            assert!(comment.as_str().unwrap().starts_with(&said), "{row:?}");
        }
        let view = row["relname"].as_str().unwrap();
        let results = rows(login, &format!("select * from longer.{view}")).await;
        assert!(results.iter().all(|result| result["scenario"] == label), "{view}");
    }
}

/// A file with the same scenario, for one analyst with names.
fn shell_does_the_same(world: &World, business: &Business, made: &Value, name: &str) {
    let file = world.data().join("scenario.json");
    let file = file.to_str().unwrap();
    let position = business.position.to_string();
    let replay = [&["replay"][..], &READ_MODELS, &["--as-of", &position, "--into", "named"]];
    let replay = [&replay.concat()[..], &["--personal-for", name, "--scenario", file]].concat();
    std::fs::write(file, r#"{"label": "x", "policies": []}"#).unwrap();
    assert!(refusal(world, &replay).contains("is no scenario"));
    std::fs::write(file, r#"{"label": "x", "overrides": []}"#).unwrap();
    assert!(refusal(world, &replay).contains("/overrides"));
    std::fs::write(file, business.scenario().to_string()).unwrap();
    let said = world.cli(&replay);
    assert!(said.contains(made["digest"].as_str().unwrap()), "ANA-3: {said}");
    let listed = world.cli(&["replay", "list"]);
    let line = listed.lines().find(|line| line.starts_with("named:")).unwrap();
    assert!(line.contains("counterfactual, Dearer & longer"), "{line}");
    assert_eq!(line.matches("licensing.license").count(), 1, "{line}");
    let in_june = ["replay", "--all", "--effective", "--as-of", "2026-06-01", "--into", "in_june"];
    world.cli(&[&in_june[..], &["--scenario", file]].concat());
    let newer = ["replay", "crm.customer", "--as-of", &position, "--into", "newer"];
    world.cli(&[&newer[..], &["--scenario", file]].concat());
}

#[tokio::test]
async fn ana_4_a_scenario_that_cannot_be_is_refused_at_its_field() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let faults = async |overrides: Value| {
        let scenario = json!({ "label": "odd", "overrides": overrides });
        let body = json!({ "name": "odd", "scenario": scenario });
        let refused = admin.post("/replays", body).await.expect(StatusCode::UNPROCESSABLE_ENTITY);
        let faults = refused.body["fields"].as_array().cloned().unwrap_or_default();
        let pointers = faults.iter().map(|fault| fault["pointer"].as_str().unwrap().to_owned());
        (refused.body["code"].clone(), pointers.collect::<Vec<_>>())
    };
    let price = |service: Option<Uuid>, percent: i32| json!({ "type": "service_price", "service": service, "change": { "percent": percent } });
    let refused = (json!("unusable_scenario"), vec!["/scenario/overrides/0/service".to_owned()]);
    assert_eq!(faults(json!([price(Some(Uuid::now_v7()), 1)])).await, refused);
    let product =
        json!({ "type": "issuance", "product": Uuid::now_v7(), "change": { "grace_days": 1 } });
    assert_eq!(faults(json!([price(None, 1), product])).await.1, ["/scenario/overrides/1/product"]);
    assert_eq!(
        faults(json!([price(None, 1), price(None, 2)])).await.1,
        ["/scenario/overrides/1/service"]
    );
    let bounds = faults(json!([price(None, 1_001)])).await.1;
    assert_eq!(bounds, ["/scenario/overrides/0/change/percent"]);
    assert_eq!(admin.get("/replays").await.body["data"], json!([]));
    world.stop().await;
}
