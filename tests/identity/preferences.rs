//! What somebody prefers is the same on all their devices: what one of them did not see, it does not undo.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::world::World;

#[tokio::test]
async fn a_device_that_did_not_see_what_another_saved_is_told() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let saved = async |version: i64, views: Value| {
        let seen = [("If-Match", format!("\"{version}\""))];
        let seen = if version == 0 { &[][..] } else { &seen[..] };
        admin.send(Method::PUT, "/me/preferences/views", seen, Some(views)).await.unwrap()
    };
    let mine = async || admin.get("/me/preferences").await.expect(StatusCode::OK).body;
    let version = |of: &Value| of["meta"]["version"].as_i64().unwrap();
    let nothing = mine().await;
    assert_eq!((&nothing["data"], version(&nothing)), (&json!({}), 0));
    saved(0, json!(["mine"])).await.expect(StatusCode::OK);

    // Both devices read it, and each adds a view to what it read.
    let read = mine().await;
    saved(version(&read), json!(["mine", "first"])).await.expect(StatusCode::OK);
    let stale = saved(version(&read), json!(["mine", "second"])).await;
    stale.expect(StatusCode::PRECONDITION_FAILED);
    let read = mine().await;
    assert_eq!(read["data"]["views"], json!(["mine", "first"]));
    saved(version(&read), json!(["mine", "first", "second"])).await.expect(StatusCode::OK);
    assert_eq!(mine().await["data"]["views"], json!(["mine", "first", "second"]));
    world.stop().await;
}
