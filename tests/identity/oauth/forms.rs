//! What our own forms and tokens are good for, and what not.

use reqwest::{Client, Method, StatusCode, header::CONTENT_TYPE};
use serde_json::json;
use tests::world::World;

use super::{
    attacks::{Application, encoded, word},
    planner,
};

#[tokio::test]
async fn whoever_must_prove_anew_who_they_are_agrees_to_nothing_before() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let someone = world.someone(&admin, "employee", json!({})).await;
    let mut planner = Application::new(&world, &planner(&admin).await);
    let page = planner.sign_in_with(&someone, &[]).await;
    let accepted = page.accepted().unwrap();
    let agree = async |request: &str, accepted: &str| {
        let fields = [("request", request), ("accepted", accepted), ("answer", "allow")];
        planner.ask(Method::POST, "/oauth2/consent", &fields).await
    };
    for changed in [("prompt", "login"), ("max_age", "0")] {
        let asked = planner.authorize(&[changed]).await;
        let form = asked.body.contains("type=\"password\"") && asked.accepted().is_none();
        assert!(form, "{changed:?} {} {}", asked.status, asked.body);
        // Neither without having been asked, nor with what was found for another request.
        for accepted in ["", "AAAA", accepted.as_str()] {
            let page = agree(&planner.request(&[changed]), accepted).await;
            assert!(page.body.contains("type=\"password\""), "{changed:?} {}", page.body);
        }
    }
    let agreed = agree(&planner.request(&[]), &accepted).await;
    assert_eq!(agreed.status, StatusCode::SEE_OTHER, "{}", agreed.body);
    let mut anew = planner.clone();
    let page = anew.sign_in_with(&someone, &[("prompt", "login consent")]).await;
    let (request, accepted) =
        (anew.request(&[("prompt", "login consent")]), page.accepted().unwrap());
    // What was found for one session is nothing in another.
    assert!(agree(&request, &accepted).await.body.contains("type=\"password\""));
    let fields = [("request", request.as_str()), ("accepted", &accepted), ("answer", "allow")];
    let agreed = anew.ask(Method::POST, "/oauth2/consent", &fields).await;
    assert_eq!(agreed.status, StatusCode::SEE_OTHER, "{}", agreed.body);
    world.stop().await;
}

#[tokio::test]
async fn who_asks_for_too_much_keeps_what_they_have_and_an_old_id_token_ends_nothing() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let someone = world.someone(&admin, "employee", json!({})).await;
    let mut planner = Application::new(&world, &planner(&admin).await);
    planner.sign_in(&someone).await;
    let tokens = planner.tokens().await;
    let mut token = word(&tokens, "refresh_token").to_owned();
    let refresh = |token: String, scope: &'static str| {
        let planner = planner.clone();
        async move {
            let fields =
                [("grant_type", "refresh_token"), ("refresh_token", &token), ("scope", scope)];
            planner.token(&fields).await
        }
    };
    for more in ["openid email", "api profile"] {
        assert_eq!(refresh(token.clone(), more).await["error"], "invalid_scope");
    }
    let renewed = refresh(token, "api:read").await;
    assert_eq!(renewed["scope"], "api:read", "{renewed}");
    token = word(&renewed, "refresh_token").to_owned();

    let mut elsewhere = planner.clone();
    elsewhere.cookie = None;
    let hint = [("id_token_hint", word(&tokens, "id_token"))];
    let out = elsewhere.ask(Method::GET, "/oauth2/logout", &hint).await;
    assert_eq!(out.status, StatusCode::OK);
    let renewed = refresh(token, "").await;
    token = word(&renewed, "refresh_token").to_owned();
    let out = planner.ask(Method::GET, "/oauth2/logout", &hint).await;
    assert_eq!(out.status, StatusCode::OK, "{}", out.body);
    assert_eq!(refresh(token, "").await["error"], "invalid_grant");
    world.stop().await;
}

#[tokio::test]
async fn pages_are_framed_by_nobody_and_their_forms_heard_from_nowhere_else() {
    let mut world = World::start().await;
    let planner = Application::new(&world, &planner(&world.admin().await).await);
    let url = format!("{}?{}", world.url("/oauth2/authorize"), planner.request(&[]));
    let page = reqwest::get(url).await.unwrap();
    let header = |name: &str| page.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("x-frame-options"), "DENY");
    assert!(header("content-security-policy").contains("frame-ancestors 'none'"));
    assert_eq!(header("cache-control"), "no-store");
    assert_eq!(header("referrer-policy"), "same-origin");

    for (name, value) in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")] {
        let sent = Client::new()
            .post(world.url("/oauth2/consent"))
            .header(name, value)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(encoded(&[("request", &planner.request(&[])), ("answer", "allow")]));
        let answer = sent.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
        assert!(answer.text().await.unwrap().contains("from another site"));
    }
    world.stop().await;
}
