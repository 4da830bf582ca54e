//! The forms of sign-in and consent, narrowed scopes, and logout: none can be replayed or framed.

use reqwest::{Client, Method, StatusCode, header::CONTENT_TYPE};
use serde_json::json;
use tests::world::World;

use super::{
    misuse::{ClientApplication, form_encoded, text_field},
    register_planner,
};

#[tokio::test]
async fn a_user_who_must_sign_in_again_cannot_consent_before() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let user = world.user_with_role(&admin, "employee", json!({})).await;
    let mut planner = ClientApplication::new(&world, &register_planner(&admin).await);
    let page = planner.sign_in_with(&user, &[]).await;
    let accepted = page.accepted().unwrap();
    let consent = async |request: &str, accepted: &str| {
        let fields = [("request", request), ("accepted", accepted), ("answer", "allow")];
        planner.submit(Method::POST, "/oauth2/consent", &fields).await
    };
    for changed in [("prompt", "login"), ("max_age", "0")] {
        let page = planner.authorize(&[changed]).await;
        let form = page.body.contains("type=\"password\"") && page.accepted().is_none();
        assert!(form, "{changed:?} {} {}", page.status, page.body);
        // Neither without a consent form, nor with the value of another request's form.
        for accepted in ["", "AAAA", accepted.as_str()] {
            let page = consent(&planner.request(&[changed]), accepted).await;
            assert!(page.body.contains("type=\"password\""), "{changed:?} {}", page.body);
        }
    }
    let agreed = consent(&planner.request(&[]), &accepted).await;
    assert_eq!(agreed.status, StatusCode::SEE_OTHER, "{}", agreed.body);
    let mut second = planner.clone();
    let page = second.sign_in_with(&user, &[("prompt", "login consent")]).await;
    let (request, accepted) =
        (second.request(&[("prompt", "login consent")]), page.accepted().unwrap());
    // The value of one session's form is invalid in another.
    assert!(consent(&request, &accepted).await.body.contains("type=\"password\""));
    let fields = [("request", request.as_str()), ("accepted", &accepted), ("answer", "allow")];
    let agreed = second.submit(Method::POST, "/oauth2/consent", &fields).await;
    assert_eq!(agreed.status, StatusCode::SEE_OTHER, "{}", agreed.body);
    assert_eq!(second.authorize(&[]).await.status, StatusCode::SEE_OTHER, "signed in, and agreed");

    // Whoever signs out of the portal is signed out here as well.
    let portal = world.login(&user.email).await;
    let cookie = [("Cookie", second.cookie.clone().unwrap())];
    let body = Some(json!({}));
    let signed_out = portal.send(Method::POST, "/auth/logout", &cookie, body).await.unwrap();
    let signed_out = signed_out.expect(StatusCode::NO_CONTENT);
    let removed = |cookie: &str| cookie.starts_with("__Host-sign-in=;");
    let mut cookies = signed_out.headers.get_all("set-cookie").iter();
    assert!(cookies.any(|cookie| removed(cookie.to_str().unwrap())), "{signed_out:?}");
    assert!(second.authorize(&[]).await.body.contains("type=\"password\""));
    world.stop().await;
}

#[tokio::test]
async fn a_refused_scope_keeps_the_refresh_token_and_an_id_token_alone_ends_no_session() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let user = world.user_with_role(&admin, "employee", json!({})).await;
    let mut planner = ClientApplication::new(&world, &register_planner(&admin).await);
    planner.sign_in(&user).await;
    let tokens = planner.tokens().await;
    let mut token = text_field(&tokens, "refresh_token").to_owned();
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
    token = text_field(&renewed, "refresh_token").to_owned();

    let mut other_browser = planner.clone();
    other_browser.cookie = None;
    let hint = [("id_token_hint", text_field(&tokens, "id_token"))];
    let logout = other_browser.submit(Method::GET, "/oauth2/logout", &hint).await;
    assert_eq!(logout.status, StatusCode::OK);
    let renewed = refresh(token, "").await;
    token = text_field(&renewed, "refresh_token").to_owned();
    let logout = planner.submit(Method::GET, "/oauth2/logout", &hint).await;
    assert_eq!(logout.status, StatusCode::OK, "{}", logout.body);
    assert_eq!(refresh(token, "").await["error"], "invalid_grant");
    world.stop().await;
}

#[tokio::test]
async fn pages_cannot_be_framed_and_forms_of_other_sites_are_refused() {
    let mut world = World::start().await;
    let planner = ClientApplication::new(&world, &register_planner(&world.admin().await).await);
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
            .body(form_encoded(&[("request", &planner.request(&[])), ("answer", "allow")]));
        let answer = sent.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
        assert!(answer.text().await.unwrap().contains("from another site"));
    }
    world.stop().await;
}
