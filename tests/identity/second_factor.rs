//! Codes of an authenticator app, and recovery codes.

use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::world::{Answer, Caller, PASSWORD, World};
use totp_rs::{Builder, Secret};

#[tokio::test]
async fn with_an_authenticator_app_each_sign_in_needs_a_code_and_each_is_valid_once() {
    let mut world = World::start().await;
    let client = world.user_with_role(&world.admin().await, "client_user", json!({})).await;
    let guest = world.guest();
    client
        .post("/auth/mfa/totp", json!({ "password": "not it" }))
        .await
        .expect(StatusCode::FORBIDDEN);
    let enrolled = client.post("/auth/mfa/totp", json!({ "password": PASSWORD })).await;
    let enrolled = enrolled.expect(StatusCode::OK).body;
    assert!(enrolled["data"]["uri"].as_str().unwrap().starts_with("otpauth://totp/Servicebook:"));
    let app = AuthenticatorApp(enrolled["data"]["secret"].as_str().unwrap().to_owned());
    // It takes effect once a code was confirmed.
    sign_in(&guest, &client.email, None).await.expect(StatusCode::OK);
    client
        .post("/auth/mfa/totp/enable", json!({ "code": "000000" }))
        .await
        .expect(StatusCode::FORBIDDEN);
    let first = app.code(0);
    let enabled = client.post("/auth/mfa/totp/enable", json!({ "code": first })).await;
    let enabled = enabled.expect(StatusCode::OK).body["data"].clone();
    let recovery: Vec<&str> =
        enabled["recovery_codes"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(recovery.len(), 10);
    // Sessions that began without a code end; the user goes on in a new one.
    client.get("/me").await.expect(StatusCode::UNAUTHORIZED);
    let refresh = json!({ "refresh_token": client.refresh_token });
    guest.post("/jwt/refresh", refresh).await.expect(StatusCode::UNAUTHORIZED);
    let client = client.with_token(enabled["session"]["access_token"].as_str());

    let refused = sign_in(&guest, &client.email, None).await.expect(StatusCode::UNAUTHORIZED).body;
    assert_eq!((&refused["code"], &refused["methods"]), (&json!("mfa_required"), &json!(["otp"])));
    // The code that enabled it was used then.
    sign_in(&guest, &client.email, Some(&first)).await.expect(StatusCode::UNAUTHORIZED);
    let next = app.code(1);
    let at_once = (0..4).map(|_| sign_in(&guest, &client.email, Some(&next)));
    let answers = futures::future::join_all(at_once).await;
    let won: Vec<_> = answers.iter().filter(|answer| answer.status == StatusCode::OK).collect();
    assert_eq!(won.len(), 1, "S-22: {answers:?}");

    sign_in(&guest, &client.email, Some(recovery[0])).await.expect(StatusCode::OK);
    sign_in(&guest, &client.email, Some(recovery[0])).await.expect(StatusCode::UNAUTHORIZED);
    // Used codes are stored beside the log, so that signing in loads no history of them.
    let used = "select count(*) from event_store.events where type = 'UserTotpUsed'";
    let used: i64 = sqlx::query_scalar(used).fetch_one(&world.database().await).await.unwrap();
    assert_eq!(used, 1, "the one by which codes came to be asked for");
    let left = client.get("/auth/mfa").await.expect(StatusCode::OK).body;
    assert_eq!(left["data"], json!({ "totp": true, "recovery_codes": 9 }));

    let both = json!({ "password": PASSWORD, "code": recovery[1] });
    client.post("/auth/mfa/totp/disable", both).await.expect(StatusCode::NO_CONTENT);
    sign_in(&guest, &client.email, None).await.expect(StatusCode::OK);
    world.stop().await;
}

#[tokio::test]
async fn iam_4_a_user_locked_by_guesses_of_others_still_signs_in_with_both_factors() {
    let mut world = World::start().await;
    let client = world.user_with_role(&world.admin().await, "client_user", json!({})).await;
    let guest = world.guest();
    let (app, _) = AuthenticatorApp::enrolled_by(&client).await;
    for guess in 0..5 {
        let login = json!({ "login": client.email, "password": format!("guess number {guess}") });
        guest.post("/jwt", login).await.expect(StatusCode::UNAUTHORIZED);
    }
    sign_in(&guest, &client.email, None).await.expect(StatusCode::TOO_MANY_REQUESTS);
    sign_in(&guest, &client.email, Some(&app.code(1))).await.expect(StatusCode::OK);
    world.stop().await;
}

async fn sign_in(guest: &Caller, login: &str, code: Option<&str>) -> Answer {
    guest.post("/jwt", json!({ "login": login, "password": PASSWORD, "code": code })).await
}

/// An authenticator app with its secret, in base32.
pub(crate) struct AuthenticatorApp(pub(crate) String);

impl AuthenticatorApp {
    /// Enrols an app for a user: the app, whose current code is used up, and the new session.
    pub(crate) async fn enrolled_by(client: &Caller) -> (Self, Caller) {
        let enrolled = client.post("/auth/mfa/totp", json!({ "password": PASSWORD })).await.body;
        let app = Self(enrolled["data"]["secret"].as_str().unwrap().to_owned());
        let code = json!({ "code": app.code(0) });
        let enabled = client.post("/auth/mfa/totp/enable", code).await.expect(StatusCode::OK);
        let session = enabled.body["data"]["session"]["access_token"].as_str();
        (app, client.with_token(session))
    }

    /// The current code, or that of so many periods of 30 seconds later.
    pub(crate) fn code(&self, periods_later: u64) -> String {
        let secret = Secret::try_from_base32(&self.0).unwrap();
        let app = Builder::new().with_secret(secret).with_account_name("anna").build().unwrap();
        let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
        app.generate(now + 30 * periods_later).to_string()
    }
}
