//! Answers to commands without effect, to requests for what does not exist, and to invalid requests.

use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::world::World;
use uuid::Uuid;

#[tokio::test]
async fn a_command_without_effect_answers_with_the_position_of_the_log() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let anna = json!({ "name": "Anna", "walk_in": true });
    let created = admin.post("/customers", anna).await.expect(StatusCode::CREATED);
    let rename = format!("/customers/{}", created.id());
    let same = admin.patch(&rename, json!({ "name": "Anna" })).await.expect(StatusCode::OK);
    assert!(same.position() >= created.position(), "{}", same.body);
    assert_eq!(same.headers["x-position"], same.position().to_string());

    let erase = json!({ "reason": "mistake" });
    let unknown = format!("/subjects/{}/erase", Uuid::now_v7());
    admin.post(&unknown, erase.clone()).await.expect(StatusCode::NOT_FOUND);
    let anna = format!("/subjects/{}/erase", created.id());
    let erased = admin.post(&anna, erase.clone()).await.expect(StatusCode::OK);
    let again = admin.post(&anna, erase).await.expect(StatusCode::OK);
    assert!(again.position() >= erased.position(), "{}", again.body);
    world.stop().await;
}

#[tokio::test]
async fn invalid_fields_are_refused_by_name_with_a_message() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let product = json!({ "sku": "CAD", "name": "CAD", "description": "Draws." });
    let product = admin.post("/products", product).await.expect(StatusCode::CREATED).id();
    let product = format!("/products/{product}");
    admin.patch(&product, json!({ "description": null })).await.expect(StatusCode::OK);

    let id = Uuid::now_v7();
    let booking = json!({
        "customer": id, "service": id, "resources": [id], "start": "2030-01-08T10", "party_size": 1,
    });
    let slots = format!("/appointments/available_slots?service_id={id}&end_date=2030-01-09");
    for (answer, field, expected) in [
        (admin.get("/customers?filter[status]=gone").await, "filter[status]", "`archived`"),
        (admin.get("/customers?filter[foo]=gone").await, "filter[foo]", ""),
        (admin.get("/customers?filter[status]=!active,gone").await, "filter[status]", "`archived`"),
        (
            admin.get("/customers?filter[walk_in]=true,maybe").await,
            "filter[walk_in]",
            "true or false",
        ),
        (admin.get("/customers?count=display_name").await, "count", "kind, status, walk_in"),
        (admin.patch(&product, json!({ "name": null })).await, "/name", "taken away"),
        (admin.post("/appointments", booking).await, "/start", "2030-01-31T09:00:00"),
        (admin.get(&format!("{slots}&start_date=2030-01")).await, "start_date", "2030-01-31"),
    ] {
        let answer = answer.expect(StatusCode::UNPROCESSABLE_ENTITY).body;
        let [refused] = &answer["fields"].as_array().unwrap()[..] else { panic!("{answer}") };
        assert_eq!(refused["pointer"], field, "{answer}");
        let message = refused["message"].as_str().unwrap();
        assert!(message.contains(expected) && !message.starts_with(field), "{answer}");
    }
    // All that is wrong is told at once, with the keyword of JSON Schema that says what.
    let refused = admin.post("/products", json!({ "sku": "a b", "name": "", "zip": 1 })).await;
    let refused = refused.expect(StatusCode::UNPROCESSABLE_ENTITY).body;
    let fields = refused["fields"].as_array().unwrap();
    let text = |of: &Value| of.as_str().unwrap().to_owned();
    let mut wrong: Vec<_> =
        fields.iter().map(|fault| (text(&fault["pointer"]), text(&fault["keyword"]))).collect();
    wrong.sort_unstable();
    let expected = [("/name", "minLength"), ("/sku", "format"), ("/zip", "additionalProperties")];
    assert_eq!(wrong, expected.map(|(at, keyword)| (at.into(), keyword.into())), "{refused}");
    // For an invalid token the challenge says so (RFC 6750, 3.1).
    for (token, challenge) in [(None, "Bearer"), (Some("x"), "Bearer error=\"invalid_token\"")] {
        let answer =
            world.guest().with_token(token).get("/me").await.expect(StatusCode::UNAUTHORIZED);
        assert_eq!(answer.headers["www-authenticate"], challenge, "{token:?}");
    }
    world.stop().await;
}

#[tokio::test]
async fn a_request_refused_before_its_body_was_read_leaves_the_connection_usable() {
    let mut world = World::start().await;
    let guest = world.guest();
    let body = json!({ "name": "x".repeat(500_000), "walk_in": true });
    for _ in 0..30 {
        let refused = guest.post("/customers", body.clone()).await;
        refused.expect(StatusCode::UNAUTHORIZED);
    }
    // NUL characters, which no query can hold, are refused.
    let admin = world.admin().await;
    for query in ["/parked?consumer=%00", "/audit?topic=a%00b", "/customers?q=%00"] {
        let status = admin.get(query).await.status;
        assert!(!status.is_server_error(), "{query}: {status}");
    }
    world.stop().await;
}
