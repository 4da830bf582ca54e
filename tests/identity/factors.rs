//! What takes more than a password: by one's role, and whatever cannot be undone.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::world::{Answer, Caller, PASSWORD, World};

use super::{
    accounts::{letters, links},
    oauth::{attacks::Application, planner},
    passkeys::{Device, ORIGIN},
    second_factor::App,
};

const OTHER: &str = "eight purple lanterns over water";

#[tokio::test]
async fn whoever_has_a_second_factor_shows_it_for_all_that_cannot_be_undone() {
    let mut world = World::start_with(&[("SERVICEBOOK_PUBLIC_URL", ORIGIN)]).await;
    let client = world.someone(&world.admin().await, "client_user", json!({})).await;
    let guest = world.guest();
    let (app, client) = App::enrolled_by(&client).await;
    for (path, body) in [
        ("passkeys/enroll", json!({ "password": PASSWORD, "name": "Phone" })),
        ("password/change", json!({ "current": PASSWORD, "password": OTHER })),
        ("email/change", json!({ "password": PASSWORD, "email": "else@example.org" })),
        ("mfa/totp", json!({ "password": PASSWORD })),
        ("mfa/totp/disable", json!({ "password": PASSWORD })),
        ("mfa/recovery-codes", json!({ "password": PASSWORD })),
    ] {
        let path = format!("/auth/{path}");
        let lacking = client.post(&path, body.clone()).await.expect(StatusCode::FORBIDDEN);
        let said = (&lacking.body["code"], &lacking.body["methods"]);
        assert_eq!(said, (&json!("mfa_required"), &json!(["otp"])), "{path}");
        let mut wrong = body;
        wrong["code"] = json!("a1");
        let wrong = client.post(&path, wrong).await;
        assert!([403, 429].contains(&wrong.status.as_u16()), "{path}: {}", wrong.body);
    }
    // All of that together was too often; hours later it is forgotten.
    let db = world.database().await;
    sqlx::query("delete from identity_store.attempts").execute(&db).await.unwrap();
    db.close().await;
    let wanted = json!({ "password": PASSWORD, "name": "Phone", "code": app.code(1) });
    client.post("/auth/passkeys/enroll", wanted).await.expect(StatusCode::OK);

    // Whoever got hold of the mailbox has one of two factors.
    let forgot = json!({ "login": client.email });
    guest.post("/auth/password/forgot", forgot).await.expect(StatusCode::ACCEPTED);
    world.settled().await;
    let link = links(&world, "reset-password").pop().unwrap();
    let reset = json!({ "token": link, "password": OTHER });
    guest.post("/auth/password/reset", reset).await.expect(StatusCode::NO_CONTENT);
    let login = json!({ "login": client.email, "password": OTHER });
    let lacking = guest.post("/jwt", login).await.expect(StatusCode::UNAUTHORIZED);
    assert_eq!(lacking.body["code"], "mfa_required");
    world.stop().await;
}

#[tokio::test]
async fn a_role_may_ask_for_a_second_factor_and_lets_in_to_enroll_one() {
    let settings = [
        ("SERVICEBOOK_PUBLIC_URL", ORIGIN),
        ("SERVICEBOOK_REQUIRE_SECOND_FACTOR", "employee, analyst, client_admin"),
    ];
    let mut world = World::start_with(&settings).await;
    let admin = world.admin().await;
    let planner = planner(&admin).await;
    let guest = world.guest();
    let anna = world.someone(&admin, "employee", json!({})).await;
    let welcome = sign_in(&guest, &anna.email, None).await.expect(StatusCode::OK).body;
    assert_eq!(welcome["scope"], "enrolment");
    let refresh = json!({ "refresh_token": anna.refresh_token });
    let renewed = guest.post("/jwt/refresh", refresh).await.expect(StatusCode::OK).body;
    assert_eq!(renewed["scope"], "enrolment");
    for path in ["/me", "/customers", "/auth/sessions", "/stream"] {
        let refused = anna.get(path).await.expect(StatusCode::FORBIDDEN);
        assert_eq!(refused.body["code"], "second_factor_required", "{path}");
    }
    let change = json!({ "current": PASSWORD, "password": OTHER });
    anna.post("/auth/password/change", change).await.expect(StatusCode::FORBIDDEN);
    // Nor is that a way to other applications.
    let planner = Application::new(&world, &planner);
    let told = planner.refused(&anna).await;
    assert!(told.contains("second factor"), "{told}");
    let mut browser = Browser::sign_in(&guest, "/auth/login", login(&anna.email, None)).await;
    assert_eq!(browser.welcome["scope"], "enrolment");
    browser.send(Method::GET, "/me", None).await.expect(StatusCode::FORBIDDEN);

    // With an app, the role is theirs at once, and with it again at the next sign-in.
    let (app, enrolled) = App::enrolled_by(&anna).await;
    enrolled.get("/me").await.expect(StatusCode::OK);
    anna.get("/auth/mfa").await.expect(StatusCode::UNAUTHORIZED);
    let welcome = sign_in(&guest, &anna.email, Some(&app.code(1))).await.expect(StatusCode::OK);
    assert_eq!(welcome.body["scope"], "api");

    // Who lost it gets in by nothing but somebody else, who knows that they did, and is told.
    lost(&world, &admin, &anna, &enrolled).await;

    // With a passkey, by signing in with it. A password alone opens nothing then.
    let bert = world.someone(&admin, "employee", json!({})).await;
    let wanted = json!({ "password": PASSWORD, "name": "Phone" });
    let begun = bert.post("/auth/passkeys/enroll", wanted.clone()).await.expect(StatusCode::OK);
    let mut device = Device::new();
    let made = device.create(&begun.body["data"]);
    let made = bert.post("/auth/passkeys", made).await.expect(StatusCode::CREATED);
    let key = format!("/auth/passkeys/{}", made.body["data"]["key"].as_str().unwrap());
    let present = || Some(json!({ "password": PASSWORD }));
    for refused in [
        bert.post("/auth/passkeys/enroll", wanted).await,
        bert.post("/auth/mfa/totp", json!({ "password": PASSWORD })).await,
        bert.send(Method::DELETE, &key, &[], present()).await.unwrap(),
    ] {
        let refused = refused.expect(StatusCode::FORBIDDEN);
        let said = (&refused.body["code"], &refused.body["methods"]);
        assert_eq!(said, (&json!("mfa_required"), &json!(["hwk"])));
    }
    let challenge = guest.post("/auth/passkeys/challenge", json!({})).await;
    let proof = device.get(&challenge.expect(StatusCode::OK).body["data"], ORIGIN);
    browser = Browser::sign_in(&guest, "/auth/passkeys/login", proof).await;
    assert_eq!(browser.welcome["scope"], "api");
    browser.send(Method::GET, "/me", None).await.expect(StatusCode::OK);
    browser.send(Method::DELETE, &key, present()).await.expect(StatusCode::NO_CONTENT);

    // Nor does anybody come to such a role by acting in another cabinet.
    let [home, other] = ["Acme", "Bolt"].map(|name| json!({ "name": name }));
    let home = admin.post("/cabinets", home).await.expect(StatusCode::CREATED).id();
    let other = admin.post("/cabinets", other).await.expect(StatusCode::CREATED).id();
    let membership = json!({ "membership": { "cabinet": home, "reach": "own" } });
    let eve = world.someone(&admin, "client_user", membership).await;
    let me = eve.get("/me").await.expect(StatusCode::OK).body["data"]["user"].clone();
    let member = json!({ "user": me, "role": "client_admin" });
    let joined = admin.post(&format!("/cabinets/{other}/members"), member).await;
    joined.expect(StatusCode::CREATED);
    let refused = eve.post("/me/cabinet", json!({ "cabinet": other })).await;
    let refused = refused.expect(StatusCode::FORBIDDEN);
    assert_eq!(refused.body["code"], "second_factor_required");
    world.stop().await;
}

/// Somebody lost their second factor, and an administrator resets it.
async fn lost(world: &World, admin: &Caller, anna: &Caller, enrolled: &Caller) {
    let guest = world.guest();
    let id =
        |me: Answer| me.expect(StatusCode::OK).body["data"]["user"].as_str().unwrap().to_owned();
    let (user, own) = (id(enrolled.get("/me").await), id(admin.get("/me").await));
    let reset = |user: &str| format!("/users/{user}/reset-second-factor");
    // Nobody does so for themselves, and who does not manage users does not at all.
    let refused = admin.post(&reset(&own), json!({})).await.expect(StatusCode::CONFLICT).body;
    assert_eq!((&refused["code"], &refused["invariant"]), (&json!("own_factor"), &json!("IAM-12")));
    for role in ["support_agent", "client_admin"] {
        let other = world.someone(admin, role, json!({})).await;
        other.post(&reset(&user), json!({})).await.expect(StatusCode::FORBIDDEN);
    }
    enrolled.post(&reset(&user), json!({})).await.expect(StatusCode::FORBIDDEN);
    enrolled.get("/me").await.expect(StatusCode::OK);

    admin.post(&reset(&user), json!({})).await.expect(StatusCode::OK);
    enrolled.get("/me").await.expect(StatusCode::UNAUTHORIZED);
    let welcome = sign_in(&guest, &anna.email, None).await.expect(StatusCode::OK).body;
    assert_eq!(welcome["scope"], "enrolment", "what the role asks for it asks for again");
    world.settled().await;
    let history = admin.get(&format!("/users/{user}/history")).await.expect(StatusCode::OK).body;
    let events = history["data"].as_array().unwrap();
    let event = events.iter().find(|event| event["type"] == "UserSecondFactorReset");
    assert_eq!(event.unwrap()["actor"], own.as_str(), "{history}");
    let told = |letter: &String| letter.contains("Your second factor was reset");
    assert!(letters(world).iter().any(told), "they are told");
}

struct Browser {
    guest: Caller,
    cookies: String,
    welcome: Value,
}

impl Browser {
    async fn sign_in(guest: &Caller, path: &str, body: Value) -> Self {
        let answer = guest.post(path, body).await.expect(StatusCode::OK);
        let set = answer.headers.get_all("set-cookie").iter();
        let pairs = set.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap());
        let cookies = pairs.collect::<Vec<_>>().join("; ");
        Self { guest: guest.clone(), cookies, welcome: answer.body }
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let csrf = self.welcome["csrf_token"].as_str().unwrap().to_owned();
        let headers = [("Cookie", self.cookies.clone()), ("X-CSRF-Token", csrf)];
        self.guest.send(method, path, &headers, body).await.unwrap()
    }
}

fn login(login: &str, code: Option<&str>) -> Value {
    json!({ "login": login, "password": PASSWORD, "code": code })
}

async fn sign_in(guest: &Caller, name: &str, code: Option<&str>) -> Answer {
    guest.post("/jwt", login(name, code)).await
}
