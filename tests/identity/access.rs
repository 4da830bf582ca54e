//! Access tokens, sessions and browser cookies: how long they are accepted, and what ends them.

use std::time::{Duration, Instant};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::world::{Answer, Caller, World};
use tokio::time::sleep;

/// Within this time a revocation must be effective everywhere.
const REVOCATION_LIMIT: Duration = Duration::from_secs(5);

#[tokio::test]
async fn iam_2_an_access_token_lasts_ten_minutes_and_holds_no_personal_data() {
    let mut world = World::start().await;
    let client = world.user_with_role(&world.admin().await, "client_user", json!({})).await;
    let token = client.token.as_ref().unwrap();
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 600);
    let text = claims.to_string();
    assert!(!text.contains('@') && !text.contains("name"), "{text}");
    for claim in ["sub", "tid", "sid", "roles", "reach", "scope", "amr", "mver"] {
        assert!(claims.get(claim).is_some(), "{claim}: {text}");
    }
    world.stop().await;
}

#[tokio::test]
async fn iam_6_a_user_who_is_locked_or_deactivated_is_rejected_within_seconds() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    for (end, back) in [("lock", "unlock"), ("deactivate", "reactivate")] {
        let client = world.user_with_role(&admin, "client_user", json!({})).await;
        let user = client.get("/me").await.body["data"]["user"].as_str().unwrap().to_owned();
        let execute = async |command: &str| match command {
            "deactivate" => admin.delete(&format!("/users/{user}")).await,
            command => admin.post(&format!("/users/{user}/{command}"), json!({})).await,
        };
        execute(end).await.expect(StatusCode::OK);
        wait_until_rejected(&client).await;
        let token = json!({ "refresh_token": client.refresh_token });
        world.guest().post("/jwt/refresh", token.clone()).await.expect(StatusCode::UNAUTHORIZED);

        // They can sign in again, but their earlier tokens stay invalid.
        execute(back).await.expect(StatusCode::OK);
        client.get("/me").await.expect(StatusCode::UNAUTHORIZED);
        world.guest().post("/jwt/refresh", token).await.expect(StatusCode::UNAUTHORIZED);
        world.login(&client.email).await.get("/me").await.expect(StatusCode::OK);
    }
    world.stop().await;
}

#[tokio::test]
async fn iam_6_sessions_are_seen_and_ended_one_by_one_and_all_at_once() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let first = world.user_with_role(&admin, "client_user", json!({})).await;
    let second = world.login(&first.email).await;
    world.wait_until_settled().await;

    let sessions = second.get("/auth/sessions").await.expect(StatusCode::OK).body;
    let ids: Vec<_> =
        sessions["data"].as_array().unwrap().iter().map(|session| &session["id"]).collect();
    assert_eq!(ids.len(), 2, "{sessions}");
    // The newest comes first.
    let path = format!("/auth/sessions/{}", ids[1].as_str().unwrap());
    let stranger = world.user_with_role(&admin, "client_user", json!({})).await;
    stranger.delete(&path).await.expect(StatusCode::NOT_FOUND);
    second.delete(&path).await.expect(StatusCode::OK);
    wait_until_rejected(&first).await;
    second.get("/me").await.expect(StatusCode::OK);

    let third = world.login(&first.email).await;
    third.delete("/auth/sessions").await.expect(StatusCode::NO_CONTENT);
    for gone in [&second, &third] {
        gone.get("/me").await.expect(StatusCode::UNAUTHORIZED);
    }
    let fourth = world.login(&first.email).await;
    world.wait_until_settled().await;
    let left = fourth.get("/auth/sessions").await.expect(StatusCode::OK).body;
    assert_eq!(left["data"].as_array().unwrap().len(), 1, "{left}");
    world.stop().await;
}

#[tokio::test]
async fn a_browser_keeps_its_session_in_cookies_and_proves_that_it_is_our_page() {
    let mut world = World::start().await;
    let client = world.user_with_role(&world.admin().await, "client_user", json!({})).await;
    let guest = world.guest();
    let login = json!({ "login": client.email, "password": tests::world::PASSWORD });
    let answer = guest.post("/auth/login", login).await.expect(StatusCode::OK);
    for cookie in answer.headers.get_all("set-cookie") {
        let cookie = cookie.to_str().unwrap();
        assert!(cookie.starts_with("__Host-") && cookie.contains("Secure"), "{cookie}");
        assert!(cookie.contains("Path=/") && !cookie.contains("Domain"), "{cookie}");
        let hidden = cookie.contains("HttpOnly");
        assert_eq!(hidden, !cookie.starts_with("__Host-csrf"), "{cookie}");
    }
    assert!(answer.body.get("access_token").is_none(), "{}", answer.body);

    let csrf = answer.body["csrf_token"].as_str().unwrap().to_owned();
    let mut browser = CookieBrowser { guest, cookies: cookies(&answer), csrf };
    browser.send(Method::GET, "/me", false).await.expect(StatusCode::OK);
    let refused = browser.send(Method::DELETE, "/auth/sessions", false).await;
    assert_eq!(refused.expect(StatusCode::FORBIDDEN).body["code"], "csrf");
    browser.send(Method::POST, "/auth/refresh", false).await.expect(StatusCode::FORBIDDEN);

    let renewed = browser.send(Method::POST, "/auth/refresh", true).await.expect(StatusCode::OK);
    browser.cookies = cookies(&renewed);
    browser.send(Method::GET, "/me", false).await.expect(StatusCode::OK);
    let logout = browser.send(Method::POST, "/auth/logout", true).await;
    let logout = logout.expect(StatusCode::NO_CONTENT);
    assert!(cookies(&logout).split("; ").all(|cookie| cookie.ends_with('=')), "{logout:?}");
    browser.send(Method::GET, "/me", false).await.expect(StatusCode::UNAUTHORIZED);
    browser.send(Method::POST, "/auth/refresh", true).await.expect(StatusCode::UNAUTHORIZED);
    world.stop().await;
}

/// A browser with the cookies of its session.
struct CookieBrowser {
    guest: Caller,
    cookies: String,
    csrf: String,
}

impl CookieBrowser {
    async fn send(&self, method: Method, path: &str, with_csrf: bool) -> Answer {
        let mut headers = vec![("Cookie", self.cookies.clone())];
        if with_csrf {
            headers.push(("X-CSRF-Token", self.csrf.clone()));
        }
        self.guest.send(method, path, &headers, None).await.unwrap()
    }
}

/// The `Cookie` header that a browser sends after an answer.
fn cookies(answer: &Answer) -> String {
    let set = answer.headers.get_all("set-cookie").iter();
    let pairs = set.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap().to_owned());
    pairs.collect::<Vec<_>>().join("; ")
}

/// Waits until a caller's token is rejected.
async fn wait_until_rejected(client: &Caller) {
    let begun = Instant::now();
    while client.get("/me").await.status != StatusCode::UNAUTHORIZED {
        assert!(begun.elapsed() < REVOCATION_LIMIT);
        sleep(Duration::from_millis(20)).await;
    }
}
