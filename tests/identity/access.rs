//! Who is believed, and for how long.

use std::time::{Duration, Instant};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::world::{Answer, Caller, World};
use tokio::time::sleep;

/// How soon a revocation must be heard of everywhere.
const SOON: Duration = Duration::from_secs(5);

#[tokio::test]
async fn iam_2_an_access_token_lasts_ten_minutes_and_says_nothing_of_a_person() {
    let mut world = World::start().await;
    let client = world.someone(&world.admin().await, "client_user", json!({})).await;
    let token = client.token.as_ref().unwrap();
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 600);
    let words = claims.to_string();
    assert!(!words.contains('@') && !words.contains("name"), "{words}");
    for claim in ["sub", "tid", "sid", "roles", "reach", "scope", "amr", "mver"] {
        assert!(claims.get(claim).is_some(), "{claim}: {words}");
    }
    world.stop().await;
}

#[tokio::test]
async fn iam_6_who_is_locked_or_deactivated_is_out_within_seconds() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    for (end, back) in [("lock", "unlock"), ("deactivate", "reactivate")] {
        let client = world.someone(&admin, "client_user", json!({})).await;
        let user = client.get("/me").await.body["data"]["user"].as_str().unwrap().to_owned();
        let does = async |what: &str| match what {
            "deactivate" => admin.delete(&format!("/users/{user}")).await,
            what => admin.post(&format!("/users/{user}/{what}"), json!({})).await,
        };
        does(end).await.expect(StatusCode::OK);
        out(&client).await;
        let token = json!({ "refresh_token": client.refresh_token });
        world.guest().post("/jwt/refresh", token.clone()).await.expect(StatusCode::UNAUTHORIZED);

        // Back in, he signs in anew: what he had stays worthless.
        does(back).await.expect(StatusCode::OK);
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
    let first = world.someone(&admin, "client_user", json!({})).await;
    let second = world.login(&first.email).await;
    world.settled().await;

    let sessions = second.get("/auth/sessions").await.expect(StatusCode::OK).body;
    let ids: Vec<_> = sessions["data"].as_array().unwrap().iter().map(|it| &it["id"]).collect();
    assert_eq!(ids.len(), 2, "{sessions}");
    // The newest comes first.
    let path = format!("/auth/sessions/{}", ids[1].as_str().unwrap());
    let stranger = world.someone(&admin, "client_user", json!({})).await;
    stranger.delete(&path).await.expect(StatusCode::NOT_FOUND);
    second.delete(&path).await.expect(StatusCode::OK);
    out(&first).await;
    second.get("/me").await.expect(StatusCode::OK);

    let third = world.login(&first.email).await;
    third.delete("/auth/sessions").await.expect(StatusCode::NO_CONTENT);
    for gone in [&second, &third] {
        gone.get("/me").await.expect(StatusCode::UNAUTHORIZED);
    }
    let fourth = world.login(&first.email).await;
    world.settled().await;
    let left = fourth.get("/auth/sessions").await.expect(StatusCode::OK).body;
    assert_eq!(left["data"].as_array().unwrap().len(), 1, "{left}");
    world.stop().await;
}

#[tokio::test]
async fn a_browser_keeps_its_session_in_cookies_and_proves_that_it_is_our_page() {
    let mut world = World::start().await;
    let client = world.someone(&world.admin().await, "client_user", json!({})).await;
    let guest = world.guest();
    let login = json!({ "login": client.email, "password": tests::world::PASSWORD });
    let welcome = guest.post("/auth/login", login).await.expect(StatusCode::OK);
    for cookie in welcome.headers.get_all("set-cookie") {
        let cookie = cookie.to_str().unwrap();
        assert!(cookie.starts_with("__Host-") && cookie.contains("Secure"), "{cookie}");
        assert!(cookie.contains("Path=/") && !cookie.contains("Domain"), "{cookie}");
        let hidden = cookie.contains("HttpOnly");
        assert_eq!(hidden, !cookie.starts_with("__Host-csrf"), "{cookie}");
    }
    assert!(welcome.body.get("access_token").is_none(), "{}", welcome.body);

    let csrf = welcome.body["csrf_token"].as_str().unwrap().to_owned();
    let mut browser = Browser { guest, cookies: cookies(&welcome), csrf };
    browser.sends(Method::GET, "/me", false).await.expect(StatusCode::OK);
    let refused = browser.sends(Method::DELETE, "/auth/sessions", false).await;
    assert_eq!(refused.expect(StatusCode::FORBIDDEN).body["code"], "csrf");
    browser.sends(Method::POST, "/auth/refresh", false).await.expect(StatusCode::FORBIDDEN);

    let renewed = browser.sends(Method::POST, "/auth/refresh", true).await.expect(StatusCode::OK);
    browser.cookies = cookies(&renewed);
    browser.sends(Method::GET, "/me", false).await.expect(StatusCode::OK);
    let bye = browser.sends(Method::POST, "/auth/logout", true).await;
    let bye = bye.expect(StatusCode::NO_CONTENT);
    assert!(cookies(&bye).split("; ").all(|cookie| cookie.ends_with('=')), "{bye:?}");
    browser.sends(Method::GET, "/me", false).await.expect(StatusCode::UNAUTHORIZED);
    browser.sends(Method::POST, "/auth/refresh", true).await.expect(StatusCode::UNAUTHORIZED);
    world.stop().await;
}

struct Browser {
    guest: Caller,
    cookies: String,
    csrf: String,
}

impl Browser {
    async fn sends(&self, method: Method, path: &str, ours: bool) -> Answer {
        let mut headers = vec![("Cookie", self.cookies.clone())];
        if ours {
            headers.push(("X-CSRF-Token", self.csrf.clone()));
        }
        self.guest.send(method, path, &headers, None).await.unwrap()
    }
}

/// What a browser sends back.
fn cookies(answer: &Answer) -> String {
    let set = answer.headers.get_all("set-cookie").iter();
    let pairs = set.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap().to_owned());
    pairs.collect::<Vec<_>>().join("; ")
}

/// Waits until somebody is believed no more.
async fn out(client: &Caller) {
    let begun = Instant::now();
    while client.get("/me").await.status != StatusCode::UNAUTHORIZED {
        assert!(begun.elapsed() < SOON);
        sleep(Duration::from_millis(20)).await;
    }
}
