//! The business itself from outside: who may say what it is, and what everybody sees of it.

use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::world::{Caller, World};

#[tokio::test]
async fn everybody_sees_what_is_published_and_nobody_else_anything() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let guest = world.guest();
    let employee = world.user_with_role(&admin, "employee", json!({})).await;
    assert_eq!(me(&admin).await["business"], Value::Null);
    admin.patch("/business", json!({ "name": "Vera" })).await.expect(StatusCode::NOT_FOUND);

    let faint = json!({ "light": "#4fc3b3", "dark": "#4fc3b3" });
    let refused = admin.post("/business/set-up", salon(&faint)).await;
    let refused = refused.expect(StatusCode::UNPROCESSABLE_ENTITY).body;
    assert_eq!(refused["invariant"], "PLT-11", "{refused}");
    assert_eq!(refused["fields"][0]["pointer"], "/accent/light", "{refused}");
    let accent = json!({ "light": "#0e5c56", "dark": "#4fc3b3" });
    admin.post("/business/set-up", salon(&accent)).await.expect(StatusCode::OK);
    let again = admin.post("/business/set-up", salon(&accent)).await;
    again.expect(StatusCode::CONFLICT);
    assert_eq!(me(&employee).await["business"]["accent"], accent);

    // What is not published is seen by those who set it up.
    guest.get("/public/business").await.expect(StatusCode::NOT_FOUND);
    for caller in [&guest, &employee] {
        assert!(caller.get("/business").await.status.is_client_error());
    }
    employee.post("/business/publish", json!({})).await.expect(StatusCode::FORBIDDEN);
    admin.post("/business/publish", json!({})).await.expect(StatusCode::OK);
    let embedders = json!(["https://vera.example", "https://vera.example:8443"]);
    let changed = json!({ "phone": "+49 30 1234567", "accent": null, "embedders": embedders });
    let changed = admin.patch("/business", changed).await.expect(StatusCode::OK);
    let seen = guest.get("/public/business").await.expect(StatusCode::OK).body;
    assert_eq!(seen["data"]["phone"], "+49 30 1234567");
    only_those_named_show_its_booking_in_a_frame(&world).await;
    let row = admin.get_at("/business", changed.position()).await.expect(StatusCode::OK).body;
    assert_eq!((&row["data"]["published"], &row["data"]["accent"]), (&json!(true), &Value::Null));
    let history = admin.get("/business/history").await.expect(StatusCode::OK).body;
    assert_eq!(history["data"].as_array().map(Vec::len), Some(3), "{history}");
    its_zone_is_that_of_whoever_names_no_other(&admin).await;
    let shown = guests_see_what_is_public(&mut world, &admin).await;
    admin.post("/business/unpublish", json!({})).await.expect(StatusCode::OK);
    guest.get("/public/business").await.expect(StatusCode::NOT_FOUND);
    for path in shown {
        guest.get(&path).await.expect(StatusCode::UNAUTHORIZED);
    }
    world.stop().await;
}

async fn only_those_named_show_its_booking_in_a_frame(world: &World) {
    let browser = reqwest::Client::new();
    for (path, ancestors, frame, has_head) in [
        ("/book", "https://vera.example https://vera.example:8443", "iframe", false),
        ("/book", "https://vera.example https://vera.example:8443", "document", true),
        ("/", "'none'", "iframe", true),
    ] {
        let page = browser.get(world.url(path)).header("sec-fetch-dest", frame);
        let page = page.send().await.unwrap();
        let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.ends_with(&format!("frame-ancestors {ancestors}")), "{path}: {policy}");
        assert_eq!(page.text().await.unwrap().contains("<header>"), has_head, "{path} {frame}");
    }
}

async fn its_zone_is_that_of_whoever_names_no_other(admin: &Caller) {
    let user = json!({ "email": "n@example.org", "name": "New", "role": "employee" });
    let user = admin.post("/users", user).await.expect(StatusCode::CREATED);
    let chair = json!({ "kind": "chair", "name": "Window" });
    let chair = admin.post("/resources", chair).await.expect(StatusCode::CREATED);
    let user = admin.get_at(&format!("/users/{}", user.id()), chair.position()).await;
    assert_eq!(user.expect(StatusCode::OK).body["data"]["zone"], "Europe/Berlin");
    let chair = admin.get_at(&format!("/resources/{}", chair.id()), chair.position()).await;
    let chair = chair.expect(StatusCode::OK).body;
    assert_eq!(chair["data"]["availability"]["zone"], "Europe/Berlin");
}

/// Answers the paths by which they see it.
async fn guests_see_what_is_public(world: &mut World, admin: &Caller) -> Vec<String> {
    let client = world.user_with_role(admin, "client_user", json!({})).await;
    let guest = world.guest();
    let service = |name: &str, public: bool| {
        json!({
            "name": name, "phases": [{ "minutes": 30, "needs": ["chair"] }], "public": public,
            "price": { "amount": 4500, "currency": "EUR" }, "price_from": true, "order": 1,
        })
    };
    let cut = admin.post("/services", service("Cut", true)).await.expect(StatusCode::CREATED).id();
    let internal = admin.post("/services", service("Training", false)).await;
    let internal = internal.expect(StatusCode::CREATED);
    let model = json!({ "kind": "person", "name": "Mo" });
    let model = admin.post("/resources", model).await.expect(StatusCode::CREATED).id();
    let described = json!({ "about": "Sits still.", "public": false });
    let described = admin.patch(&format!("/resources/{model}"), described).await;
    let position = described.expect(StatusCode::OK).position();
    let rows = admin.get_at("/resources?sort=name", position).await.expect(StatusCode::OK).body;
    let window = rows["data"][1]["id"].as_str().unwrap().to_owned();
    // When employees are away is told to nobody but their colleagues.
    let away = json!({ "from": "2030-01-07T08:00:00Z", "until": "2030-01-07T10:00:00Z" });
    let away = admin.post(&format!("/resources/{window}/close-period"), away).await;
    let position = away.expect(StatusCode::OK).position().max(position);
    for (caller, closed) in [(admin, 1), (&client, 0), (&guest, 0)] {
        let row = caller.get_at(&format!("/resources/{window}"), position).await;
        let row = row.expect(StatusCode::OK).body;
        let found = row["data"]["availability"]["closed"].as_array().map(Vec::len);
        assert_eq!(found, Some(closed), "{row}");
    }

    let (services, resources) = ("/services?sort=order", "/resources?sort=name");
    for (caller, path, expected) in [
        (&guest, services, json!(["Cut"])),
        (&client, services, json!(["Cut", "Training"])),
        (&guest, resources, json!(["Window"])),
        (&client, resources, json!(["Mo", "Window"])),
    ] {
        let rows = caller.get_at(path, position).await.expect(StatusCode::OK).body;
        let rows = rows["data"].as_array().unwrap();
        assert_eq!(rows.iter().map(|row| row["name"].clone()).collect::<Value>(), expected);
    }
    let item = format!("/services/{}", internal.id());
    guest.get_at(&item, position).await.expect(StatusCode::NOT_FOUND);
    let price = client.get_at(&item, position).await.expect(StatusCode::OK).body;
    assert_eq!(price["data"]["price"], json!({ "amount": 4500, "currency": "EUR" }));
    let slots = format!(
        "/appointments/available_slots?service_id={}&start_date=2030-01-07&end_date=2030-01-07",
        internal.id()
    );
    guest.get_at(&slots, position).await.expect(StatusCode::UNPROCESSABLE_ENTITY);
    client.get_at(&slots, position).await.expect(StatusCode::OK);
    // Who is not shown is not booked either, nor told of.
    let hours = |id: &str| {
        format!("/time-slots?resource_id={id}&start_date=2030-01-07&end_date=2030-01-07")
    };
    guest.get(&hours(&model.to_string())).await.expect(StatusCode::UNPROCESSABLE_ENTITY);
    guest.get(&hours(&window)).await.expect(StatusCode::OK);
    let hidden = json!({ "service": cut, "resources": [model], "start": "2030-01-07T10:00:00" });
    let refused = guest.post("/public/holds", hidden).await;
    let refused = refused.expect(StatusCode::UNPROCESSABLE_ENTITY).body;
    assert_eq!(refused["fields"][0]["pointer"], "/resources", "{refused}");
    let slots = slots.replace(&internal.id().to_string(), &cut.to_string());
    guest.get(&slots).await.expect(StatusCode::OK);
    vec![services.into(), resources.into(), slots, hours(&window)]
}

async fn me(caller: &Caller) -> Value {
    caller.get("/me").await.expect(StatusCode::OK).body["data"].clone()
}

fn salon(accent: &Value) -> Value {
    json!({
        "name": "Salon Vera",
        "slug": "salon-vera",
        "zone": "Europe/Berlin",
        "currency": "EUR",
        "languages": ["de", "en"],
        "accent": accent,
        "address": { "street": "Weg 1", "city": "Berlin", "country": "DE" },
        "hours": [{ "day": "Tue", "from": "09:00:00", "until": "18:00:00" }],
        "texts": { "de": { "about": "Seit 1998." } },
    })
}
