//! The dashboard counts what the lists show to whoever asks, and names the first of it.

use chrono::{SubsecRound, TimeDelta, Utc};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::world::{Caller, World};
use uuid::Uuid;

use crate::scheduling::salon::{Salon, start_in_days};

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the program under test has the same clock")]
async fn everybody_has_the_figures_of_what_they_may_see() {
    let mut world = World::start().await;
    let salon = Salon::open(world.admin().await).await;
    let admin = &salon.admin;
    let cabinet = async |name: &str| {
        let cabinet = admin.post("/cabinets", json!({ "name": name })).await;
        cabinet.expect(StatusCode::CREATED).id()
    };
    let (acme, bolt) = (cabinet("Acme").await, cabinet("Bolt").await);
    let member =
        |cabinet: Uuid| json!({ "membership": { "cabinet": cabinet, "reach": "cabinet" } });
    let client = world.user_with_role(admin, "client_admin", member(acme)).await;
    let other = world.user_with_role(admin, "client_user", member(bolt)).await;
    let agent = world.user_with_role(admin, "support_agent", json!({})).await;
    let analyst = world.user_with_role(admin, "analyst", json!({})).await;

    let product = json!({ "sku": "PRESS", "name": "Press" });
    let product = admin.post("/products", product).await.expect(StatusCode::CREATED).id();
    let policy = json!({ "policy": { "term": "perpetual" } });
    let issued = format!("/products/{product}/set-issuance-policy");
    admin.post(&issued, policy).await.expect(StatusCode::OK);
    let now = Utc::now().trunc_subsecs(0);
    for (cabinet, days) in [(acme, 20), (acme, 40), (bolt, 20), (bolt, 10)] {
        let license = json!({
            "cabinet": cabinet, "product": product, "parameters": {},
            "from": now - TimeDelta::hours(1), "until": now + TimeDelta::days(days),
        });
        admin.post("/licenses", license).await.expect(StatusCode::CREATED);
    }
    for (caller, priority) in [(&client, "urgent"), (&client, "normal"), (&other, "normal")] {
        let issue = json!({ "title": "No print", "text": "It jams.", "priority": priority });
        let issue = caller.post("/issues", issue).await.expect(StatusCode::CREATED).id();
        if priority == "urgent" {
            let answer = json!({ "text": "Is it plugged in?" });
            let path = format!("/issues/{issue}/comments");
            agent.post(&path, answer).await.expect(StatusCode::CREATED);
        }
    }
    let later = json!({ "auto_confirm": false });
    let service = format!("/services/{}", salon.cut);
    admin.patch(&service, later).await.expect(StatusCode::OK);
    let customer = salon.customer().await;
    let mine = world.user_with_role(admin, "client_user", json!({ "customer": customer })).await;
    let booking = salon.cut_request(customer, &start_in_days(3));
    let booked = mine.post("/appointments", booking).await.expect(StatusCode::CREATED);
    let elsewhere = salon.book(salon.customer().await, &start_in_days(4)).await;
    let position = elsewhere.expect(StatusCode::CREATED).position();

    let figures = async |caller: &Caller| -> Value {
        let answer = caller.get_at("/dashboard?include=names", position).await;
        answer.expect(StatusCode::OK).body
    };
    let counts = |body: &Value| {
        let figures = body["data"].as_object().unwrap();
        let counts = figures.iter().map(|(name, figure)| (name.clone(), figure["count"].clone()));
        counts.collect::<Value>()
    };
    let expected = |appointments: [i64; 2], issues: [i64; 3], licenses: [i64; 2]| {
        json!({
            "appointments_today": appointments[0], "appointments_pending": appointments[1],
            "issues_open": issues[0], "issues_urgent": issues[1], "issues_unanswered": issues[2],
            "licenses": licenses[0], "licenses_ending": licenses[1],
        })
    };
    let mut all = expected([0, 1], [3, 1, 2], [4, 3]);
    assert_eq!(counts(&figures(&agent).await), all);
    all["purchases_parked"] = json!(0);
    let response = figures(admin).await;
    assert_eq!(counts(&response), all);
    let pending = &response["data"]["appointments_pending"]["first"][0];
    assert_eq!(pending["id"], json!(booked.id()));
    assert_eq!(response["names"][salon.cut.to_string()]["name"], "Cut");
    let ending = response["data"]["licenses_ending"]["first"].as_array().unwrap();
    let holders: Vec<_> = ending.iter().map(|license| &license["cabinet_name"]).collect();
    assert_eq!(holders[0], "Bolt", "the next one to end is the first");

    assert_eq!(counts(&figures(&client).await), expected([0, 0], [2, 1, 1], [2, 1]));
    assert_eq!(counts(&figures(&other).await), expected([0, 0], [1, 0, 1], [2, 2]));
    assert_eq!(counts(&figures(&mine).await), expected([0, 1], [0, 0, 0], [0, 0]));
    let licensed = figures(&analyst).await;
    assert_eq!(licensed["data"]["licenses"]["count"], 4);
    assert!(licensed["data"]["issues_open"].is_null() && licensed["names"].is_object());
    world.guest().get("/dashboard").await.expect(StatusCode::UNAUTHORIZED);
    let wrong = admin.get("/dashboard?time_zone=Mars/Olympus").await;
    wrong.expect(StatusCode::UNPROCESSABLE_ENTITY);
    world.stop().await;
}
