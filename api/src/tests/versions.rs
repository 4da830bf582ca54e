//! Several versions of the API, side by side in one process.

use axum::{
    body::{Body, to_bytes},
    http::{
        Method, Request, StatusCode,
        header::{CONTENT_TYPE, LOCATION},
    },
    routing::post,
};
use commands::policy::Right;
use domain::identity::Role;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::TestApi;
use crate::{describe, routes::Routes};

#[tokio::test]
async fn two_versions_stand_side_by_side_and_one_ends_without_the_other() {
    let api_under_test = TestApi::ending("2100-01-01");
    let hang = async |api_under_test: &TestApi, path: &str| {
        let request = Request::post(path).header(CONTENT_TYPE, "application/json");
        let request = request.body(Body::from(r#"{"maker":"Edison"}"#)).unwrap();
        api_under_test.send(Some(Role::ClientUser), request).await
    };
    let [first, second] = ["/api/v1/lamps", "/api/v2/lights"];
    // Both versions require the right.
    let old = hang(&api_under_test, first).await;
    assert_eq!(old.status(), StatusCode::FORBIDDEN);
    assert_eq!(old.headers()["deprecation"], "@1577836800");
    assert_eq!(old.headers()["sunset"], "Fri, 01 Jan 2100 00:00:00 GMT");
    let link = old.headers()["link"].to_str().unwrap();
    assert!(link.starts_with("<https://book.example.com/v2>; rel=\"deprecation\""), "{link}");
    let new = hang(&api_under_test, second).await;
    assert_eq!(new.status(), StatusCode::FORBIDDEN);
    assert!(!new.headers().contains_key("deprecation") && !new.headers().contains_key("sunset"));
    for strange in ["/api/v1/lights", "/api/v2/lamps", "/api/v3/lamps"] {
        assert_eq!(
            hang(&api_under_test, strange).await.status(),
            StatusCode::NOT_FOUND,
            "{strange}"
        );
    }
    assert_eq!(api_under_test.app.request_recorder.request_counts(), [("v1", 2), ("v2", 2)].into());

    // Each has a document of its own.
    for (version, own) in [("v1", first), ("v2", second)] {
        let path = format!("/api/{version}/openapi.json");
        let (_, document) = api_under_test.call(None, Method::GET, &path, Value::Null).await;
        let paths = document["paths"].as_object().unwrap();
        let lamps = [first, second].into_iter().filter(|path| paths.contains_key(*path));
        assert_eq!(lamps.collect::<Vec<_>>(), [own]);
        assert!(paths.contains_key("/ws") && paths.contains_key(&path));
    }

    let api_under_test = TestApi::ending("2021-01-01");
    let gone = hang(&api_under_test, first).await;
    assert_eq!(gone.status(), StatusCode::GONE);
    let problem = to_bytes(gone.into_body(), usize::MAX).await.unwrap();
    let problem: Value = serde_json::from_slice(&problem).unwrap();
    assert_eq!(problem["help"], "https://book.example.com/v2");
    assert_eq!(hang(&api_under_test, second).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_a_version_creates_is_found_in_it() {
    let hang = || async { (StatusCode::CREATED, [(LOCATION, "/lights/7")]) };
    let document = describe::operation_document("/lights", "post", &json!({ "responses": {} }));
    let lights = Routes::default().with_operation(Right::ServicesRead, post(hang), document);
    let (router, ..) = Routes::default().nest("/api/v2", lights).into_parts();
    let request = Request::post("/api/v2/lights").body(Body::empty()).unwrap();
    let created = router.with_state(TestApi::new().app).oneshot(request).await.unwrap();
    assert_eq!(created.headers()[LOCATION], "/api/v2/lights/7");
}
