//! Applications cannot reach the credentials of a user, nor create accounts or keys in their name.

use reqwest::StatusCode;
use serde_json::json;
use tests::world::World;

use super::{
    misuse::{ClientApplication, text_field},
    register_planner,
};

#[tokio::test]
async fn an_application_cannot_reach_the_credentials_of_a_user() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let admin_user = world.user_with_role(&admin, "admin", json!({})).await;
    let client = world.user_with_role(&admin, "client_user", json!({})).await;
    let mut planner = ClientApplication::new(&world, &register_planner(&admin).await);
    planner.sign_in(&admin_user).await;
    let tokens = planner.tokens().await;
    let caller_with = |name: &str| {
        let mut caller = world.guest();
        caller.token = Some(text_field(&tokens, name).to_owned());
        caller
    };
    let application = caller_with("access_token");
    application.get("/me").await.expect(StatusCode::OK);
    let sessions = application.get("/auth/sessions").await.expect(StatusCode::FORBIDDEN);
    assert_eq!(sessions.body["code"], "insufficient_scope");
    // No scope would do, so the challenge names none (RFC 6750, 3.1).
    assert_eq!(sessions.headers["www-authenticate"], "Bearer error=\"insufficient_scope\"");
    // It cannot create anything that outlasts the consent, such as accounts, roles and keys.
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
    caller_with("id_token").get("/me").await.expect(StatusCode::UNAUTHORIZED);
    caller_with("refresh_token").get("/me").await.expect(StatusCode::UNAUTHORIZED);
    world.stop().await;
}
