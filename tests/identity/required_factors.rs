//! Where a second factor is required: by role, and for changes that cannot be undone.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::world::{Answer, Caller, PASSWORD, World};

use super::{
    accounts::{links, mails},
    oauth::{misuse::ClientApplication, register_planner},
    passkeys::{ORIGIN, VirtualAuthenticator},
    second_factor::AuthenticatorApp,
};

const NEW_PASSWORD: &str = "eight purple lanterns over water";

#[tokio::test]
async fn a_user_with_a_second_factor_needs_it_for_all_that_cannot_be_undone() {
    let mut world = World::start_with(&[("SERVICEBOOK_PUBLIC_URL", ORIGIN)]).await;
    let client = world.user_with_role(&world.admin().await, "client_user", json!({})).await;
    let guest = world.guest();
    let (app, client) = AuthenticatorApp::enrolled_by(&client).await;
    for (path, body) in [
        ("passkeys/enroll", json!({ "password": PASSWORD, "name": "Phone" })),
        ("password/change", json!({ "current": PASSWORD, "password": NEW_PASSWORD })),
        ("email/change", json!({ "password": PASSWORD, "email": "else@example.org" })),
        ("mfa/totp", json!({ "password": PASSWORD })),
        ("mfa/totp/disable", json!({ "password": PASSWORD })),
        ("mfa/recovery-codes", json!({ "password": PASSWORD })),
    ] {
        let path = format!("/auth/{path}");
        let refused = client.post(&path, body.clone()).await.expect(StatusCode::FORBIDDEN);
        let reason = (&refused.body["code"], &refused.body["methods"]);
        assert_eq!(reason, (&json!("mfa_required"), &json!(["otp"])), "{path}");
        let mut wrong = body;
        wrong["code"] = json!("a1");
        let wrong = client.post(&path, wrong).await;
        assert!([403, 429].contains(&wrong.status.as_u16()), "{path}: {}", wrong.body);
    }
    // All of that together exceeded the limit of attempts; the limit is reset.
    let db = world.database().await;
    sqlx::query("delete from identity_store.attempts").execute(&db).await.unwrap();
    db.close().await;
    let enrolment = json!({ "password": PASSWORD, "name": "Phone", "code": app.code(1) });
    client.post("/auth/passkeys/enroll", enrolment).await.expect(StatusCode::OK);

    // An attacker with access to the mailbox has one of two factors.
    let forgot = json!({ "login": client.email });
    guest.post("/auth/password/forgot", forgot).await.expect(StatusCode::ACCEPTED);
    world.wait_until_settled().await;
    let link = links(&world, "reset").pop().unwrap();
    let reset = json!({ "token": link, "password": NEW_PASSWORD });
    guest.post("/auth/password/reset", reset).await.expect(StatusCode::NO_CONTENT);
    let login = json!({ "login": client.email, "password": NEW_PASSWORD });
    let refused = guest.post("/jwt", login).await.expect(StatusCode::UNAUTHORIZED);
    assert_eq!(refused.body["code"], "mfa_required");
    world.stop().await;
}

#[tokio::test]
async fn a_role_may_require_a_second_factor_and_lets_users_in_only_to_enroll_one() {
    let settings = [
        ("SERVICEBOOK_PUBLIC_URL", ORIGIN),
        ("SERVICEBOOK_REQUIRE_SECOND_FACTOR", "employee, analyst, client_admin"),
    ];
    let mut world = World::start_with(&settings).await;
    let admin = world.admin().await;
    let planner = register_planner(&admin).await;
    let guest = world.guest();
    let anna = world.user_with_role(&admin, "employee", json!({})).await;
    let session = sign_in(&guest, &anna.email, None).await.expect(StatusCode::OK).body;
    assert_eq!(session["scope"], "enrolment");
    let refresh = json!({ "refresh_token": anna.refresh_token });
    let renewed = guest.post("/jwt/refresh", refresh).await.expect(StatusCode::OK).body;
    assert_eq!(renewed["scope"], "enrolment");
    for path in ["/me", "/customers", "/auth/sessions", "/stream"] {
        let refused = anna.get(path).await.expect(StatusCode::FORBIDDEN);
        assert_eq!(refused.body["code"], "mfa_required", "{path}");
    }
    let change = json!({ "current": PASSWORD, "password": NEW_PASSWORD });
    anna.post("/auth/password/change", change).await.expect(StatusCode::FORBIDDEN);
    // Such a session does not open other applications either.
    let planner = ClientApplication::new(&world, &planner);
    let page = planner.sign_in_refused(&anna).await;
    assert!(page.contains("second factor"), "{page}");
    let mut browser =
        SignedInBrowser::sign_in(&guest, "/auth/login", credentials(&anna.email, None)).await;
    assert_eq!(browser.answer["scope"], "enrolment");
    browser.send(Method::GET, "/me", None).await.expect(StatusCode::FORBIDDEN);

    // With an authenticator app they have the role at once, and after each sign-in with it.
    let (app, enrolled) = AuthenticatorApp::enrolled_by(&anna).await;
    enrolled.get("/me").await.expect(StatusCode::OK);
    anna.get("/auth/mfa").await.expect(StatusCode::UNAUTHORIZED);
    let session = sign_in(&guest, &anna.email, Some(&app.code(1))).await.expect(StatusCode::OK);
    assert_eq!(session.body["scope"], "api");

    // If they lose it, only another administrator can reset it, and they are notified.
    second_factor_lost(&world, &admin, &anna, &enrolled).await;

    // With a passkey they must sign in with it; a password alone gives no access then.
    let bert = world.user_with_role(&admin, "employee", json!({})).await;
    let enrolment = json!({ "password": PASSWORD, "name": "Phone" });
    let begun = bert.post("/auth/passkeys/enroll", enrolment.clone()).await.expect(StatusCode::OK);
    let mut device = VirtualAuthenticator::new();
    let credential = device.create(&begun.body["data"]);
    let enrolled = bert.post("/auth/passkeys", credential).await.expect(StatusCode::CREATED);
    let key = format!("/auth/passkeys/{}", enrolled.body["data"]["key"].as_str().unwrap());
    let password = || Some(json!({ "password": PASSWORD }));
    for refused in [
        bert.post("/auth/passkeys/enroll", enrolment).await,
        bert.post("/auth/mfa/totp", json!({ "password": PASSWORD })).await,
        bert.send(Method::DELETE, &key, &[], password()).await.unwrap(),
    ] {
        let refused = refused.expect(StatusCode::FORBIDDEN);
        let reason = (&refused.body["code"], &refused.body["methods"]);
        assert_eq!(reason, (&json!("mfa_required"), &json!(["hwk"])));
    }
    let challenge = guest.post("/auth/passkeys/challenge", json!({})).await;
    let assertion = device.get(&challenge.expect(StatusCode::OK).body["data"], ORIGIN);
    browser = SignedInBrowser::sign_in(&guest, "/auth/passkeys/login", assertion).await;
    assert_eq!(browser.answer["scope"], "api");
    browser.send(Method::GET, "/me", None).await.expect(StatusCode::OK);
    browser.send(Method::DELETE, &key, password()).await.expect(StatusCode::NO_CONTENT);

    // Acting in another cabinet does not give such a role either.
    let [home, other] = ["Acme", "Bolt"].map(|name| json!({ "name": name }));
    let home = admin.post("/cabinets", home).await.expect(StatusCode::CREATED).id();
    let other = admin.post("/cabinets", other).await.expect(StatusCode::CREATED).id();
    let membership = json!({ "membership": { "cabinet": home, "reach": "own" } });
    let eve = world.user_with_role(&admin, "client_user", membership).await;
    let me = eve.get("/me").await.expect(StatusCode::OK).body["data"]["user"].clone();
    let member = json!({ "user": me, "role": "client_admin" });
    let joined = admin.post(&format!("/cabinets/{other}/members"), member).await;
    joined.expect(StatusCode::CREATED);
    let refused = eve.post("/me/cabinet", json!({ "cabinet": other })).await;
    let refused = refused.expect(StatusCode::FORBIDDEN);
    assert_eq!(refused.body["code"], "mfa_required");
    world.stop().await;
}

/// A user lost their second factor, and an administrator resets it.
async fn second_factor_lost(world: &World, admin: &Caller, anna: &Caller, enrolled: &Caller) {
    let guest = world.guest();
    let id =
        |me: Answer| me.expect(StatusCode::OK).body["data"]["user"].as_str().unwrap().to_owned();
    let (user, own) = (id(enrolled.get("/me").await), id(admin.get("/me").await));
    let reset = |user: &str| format!("/users/{user}/reset-second-factor");
    // Administrators cannot reset their own; users without the right to manage users cannot at all.
    let refused = admin.post(&reset(&own), json!({})).await.expect(StatusCode::CONFLICT).body;
    assert_eq!((&refused["code"], &refused["invariant"]), (&json!("own_factor"), &json!("IAM-12")));
    for role in ["support_agent", "client_admin"] {
        let other = world.user_with_role(admin, role, json!({})).await;
        other.post(&reset(&user), json!({})).await.expect(StatusCode::FORBIDDEN);
    }
    enrolled.post(&reset(&user), json!({})).await.expect(StatusCode::FORBIDDEN);
    enrolled.get("/me").await.expect(StatusCode::OK);

    admin.post(&reset(&user), json!({})).await.expect(StatusCode::OK);
    enrolled.get("/me").await.expect(StatusCode::UNAUTHORIZED);
    let session = sign_in(&guest, &anna.email, None).await.expect(StatusCode::OK).body;
    assert_eq!(session["scope"], "enrolment", "what the role asks for it asks for again");
    world.wait_until_settled().await;
    let history = admin.get(&format!("/users/{user}/history")).await.expect(StatusCode::OK).body;
    let events = history["data"].as_array().unwrap();
    let event = events.iter().find(|event| event["type"] == "UserSecondFactorReset");
    assert_eq!(event.unwrap()["actor"], own.as_str(), "{history}");
    let notice = |mail: &String| mail.contains("Your second factor was reset");
    assert!(mails(world).iter().any(notice), "they are told");
}

/// A browser that signed in, with the answer to that.
struct SignedInBrowser {
    guest: Caller,
    cookies: String,
    answer: Value,
}

impl SignedInBrowser {
    async fn sign_in(guest: &Caller, path: &str, body: Value) -> Self {
        let answer = guest.post(path, body).await.expect(StatusCode::OK);
        let set = answer.headers.get_all("set-cookie").iter();
        let pairs = set.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap());
        let cookies = pairs.collect::<Vec<_>>().join("; ");
        Self { guest: guest.clone(), cookies, answer: answer.body }
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let csrf = self.answer["csrf_token"].as_str().unwrap().to_owned();
        let headers = [("Cookie", self.cookies.clone()), ("X-CSRF-Token", csrf)];
        self.guest.send(method, path, &headers, body).await.unwrap()
    }
}

fn credentials(login: &str, code: Option<&str>) -> Value {
    json!({ "login": login, "password": PASSWORD, "code": code })
}

async fn sign_in(guest: &Caller, name: &str, code: Option<&str>) -> Answer {
    guest.post("/jwt", credentials(name, code)).await
}
