use reqwest::{Method, StatusCode};
use serde_json::json;
use tests::world::World;

/// Ways to write a path that some servers take for another one.
const DISGUISES: [&str; 10] = [
    "/api/v1/users/",
    "/api/v1//users",
    "/api//v1/users",
    "/API/v1/users",
    "/api/v1/USERS",
    "/api/v1/%75sers",
    "/api/v1/users%2f",
    "/api/v1/users;x=1",
    "/api/v1/users%00",
    "/api/v1/users?_method=PATCH",
];
/// Headers by which some servers let a request be another one.
const OVERRIDES: [(&str, &str); 5] = [
    ("X-HTTP-Method-Override", "DELETE"),
    ("X-HTTP-Method", "DELETE"),
    ("X-Method-Override", "DELETE"),
    ("X-Original-URL", "/api/v1/users"),
    ("X-Rewrite-URL", "/api/v1/users"),
];

#[tokio::test]
async fn s_02_no_disguise_of_a_request_changes_the_decision() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let system = world.someone(&admin, "purchase_system", json!({})).await;
    let user = json!({ "email": "otto@example.org", "name": "Otto", "role": "client_user" });
    let user = admin.post("/users", user).await.expect(StatusCode::CREATED);
    let path = format!("/users/{}", user.id());
    admin.get_at(&path, user.position()).await.expect(StatusCode::OK);

    for disguise in DISGUISES {
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            for caller in [&system, &world.guest()] {
                let answer = caller.send(method.clone(), disguise, &[], None).await.unwrap();
                let told = answer.body.to_string();
                assert!(!told.contains("otto@example.org"), "{method} {disguise}: {told}");
                let refused = answer.status.is_client_error() || method == Method::OPTIONS;
                assert!(refused, "{method} {disguise}: {}", answer.status);
            }
        }
    }
    for (name, value) in OVERRIDES {
        let header = [(name, value.to_owned())];
        let stays = admin.send(Method::GET, &path, &header, None).await.unwrap();
        stays.expect(StatusCode::OK);
        let refused = system.send(Method::GET, "/products", &header, None).await.unwrap();
        assert!(!refused.body.to_string().contains("otto@example.org"), "{name}");
        let delete = system.send(Method::DELETE, &path, &[(name, "GET".to_owned())], None).await;
        let status = delete.unwrap().status;
        assert!(matches!(status.as_u16(), 403 | 404), "{name}: {status}");
    }
    let item = admin.get(&path).await.expect(StatusCode::OK).body;
    assert_eq!(item["data"]["standing"], "active", "nothing of all that deactivated him");
    world.stop().await;
}
