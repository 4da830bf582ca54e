//! What somebody proves who they are with is nothing for applications.

use reqwest::StatusCode;
use serde_json::json;
use tests::world::World;

use super::{
    attacks::{Application, word},
    planner,
};

#[tokio::test]
async fn an_application_gets_at_nothing_by_which_a_user_proves_who_he_is() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let someone = world.someone(&admin, "admin", json!({})).await;
    let client = world.someone(&admin, "client_user", json!({})).await;
    let mut planner = Application::new(&world, &planner(&admin).await);
    planner.sign_in(&someone).await;
    let tokens = planner.tokens().await;
    let with = |name: &str| {
        let mut caller = world.guest();
        caller.token = Some(word(&tokens, name).to_owned());
        caller
    };
    let application = with("access_token");
    application.get("/me").await.expect(StatusCode::OK);
    let sessions = application.get("/auth/sessions").await.expect(StatusCode::FORBIDDEN);
    assert_eq!(sessions.body["code"], "insufficient_scope");
    // Nor does it make what would outlast the consent: names to act in, and keys.
    let user = client.get("/me").await.body["data"]["user"].as_str().unwrap().to_owned();
    let program = json!({ "name": "ERP", "role": "employee" });
    let account = admin.post("/service-accounts", program.clone()).await;
    let account = account.expect(StatusCode::CREATED).id();
    let key = json!({ "name": "first", "rights": ["profile"] });
    for (path, body) in [
        (format!("/users/{user}/impersonate"), json!({ "reason": "ticket 7" })),
        ("/service-accounts".into(), program),
        (format!("/service-accounts/{account}/keys"), key),
        ("/oauth-clients".into(), json!({})),
        ("/identity-providers".into(), json!({})),
        ("/users".into(), json!({ "email": "eve@example.org", "role": "admin" })),
        (format!("/users/{user}/grant-role"), json!({ "role": "admin" })),
        (format!("/users/{user}/reset-second-factor"), json!({ "reason": "lost" })),
        (format!("/cabinets/{account}/invitations"), json!({})),
    ] {
        let refused = application.post(&path, body).await.expect(StatusCode::FORBIDDEN);
        assert_eq!(refused.body["code"], "insufficient_scope", "{path}: {}", refused.body);
    }
    // Neither an ID token nor a refresh token is an access token.
    with("id_token").get("/me").await.expect(StatusCode::UNAUTHORIZED);
    with("refresh_token").get("/me").await.expect(StatusCode::UNAUTHORIZED);
    world.stop().await;
}
