//! Tests of load shedding, time limits and the client address behind a gateway.

use std::{sync::Arc, time::Duration};

use axum::{
    Extension, Router,
    body::{Body, to_bytes},
    http::{Request, header::RETRY_AFTER},
    routing::get,
};
use futures::future::join_all;
use tokio::{sync::Notify, time::sleep};
use tower::ServiceExt;

use super::*;

/// The status of an answer, whether it says when to come back, and its code.
async fn get_answer(router: &Router, path: &str) -> (u16, bool, String) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let (status, later) = (response.status(), response.headers().contains_key(RETRY_AFTER));
    assert_eq!(response.headers()["cache-control"], "no-store");
    let body = to_bytes(response.into_body(), 1 << 16).await.unwrap();
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    (status.as_u16(), later, body["code"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn s_09_more_than_can_be_answered_at_once_are_told_to_come_back_and_watchers_get_through() {
    let go = Arc::new(Notify::new());
    let waiting = Arc::clone(&go);
    let slow = move || async move { waiting.notified().await };
    let routes = Router::new().route("/api/slow", get(slow)).route("/health", get(|| async {}));
    let router = Ingress::new(3, TrustedProxies::default(), None).apply_layers(routes);
    let (all, ()) =
        futures::join!(join_all((0..5).map(|_| get_answer(&router, "/api/slow"))), async {
            assert_eq!(get_answer(&router, "/health").await.0, 200);
            sleep(Duration::from_millis(20)).await;
            go.notify_waiters();
        });
    let shed = all.iter().filter(|answer| **answer == (503, true, "overloaded".into())).count();
    let done = all.iter().filter(|answer| answer.0 == 200).count();
    assert_eq!((done, shed), (3, 2), "{all:?}");
}

#[tokio::test]
async fn s_09_what_takes_too_long_is_given_up() {
    let routes = Router::new().route("/api/slow", get(|| sleep(Duration::from_hours(1))));
    let ingress =
        Ingress::with_time_limit(1, TrustedProxies::default(), None, Duration::from_millis(20));
    let router = ingress.apply_layers(routes);
    assert_eq!(get_answer(&router, "/api/slow").await, (503, true, "too_slow".into()));
    assert_eq!(get_answer(&router, "/api/slow").await.2, "too_slow", "its place is free again");
}

#[tokio::test]
async fn s_04_where_a_client_is_a_gateway_with_the_key_says_and_nobody_else() {
    let client_address = |Extension(ClientAddress(address)): Extension<ClientAddress>| async move {
        address.to_string()
    };
    let routes = || Router::new().route("/api/where", get(client_address));
    let key = GatewayKey::new(&[7; 32]);
    let instance =
        Ingress::behind_gateway(8, TrustedProxies::default(), key.clone()).apply_layers(routes());
    let outermost = Ingress::new(8, TrustedProxies::default(), None).apply_layers(routes());
    let from = async |router: &Router, key: &GatewayKey| {
        let mut request = Request::get("/api/where").body(Body::empty()).unwrap();
        key.sign_client("198.51.100.1".parse().unwrap(), request.headers_mut());
        request.headers_mut().insert("x-forwarded-for", "203.0.113.9".parse().unwrap());
        let response = router.clone().oneshot(request).await.unwrap();
        let body = to_bytes(response.into_body(), 1 << 16).await.unwrap();
        String::from_utf8_lossy(&body).into_owned()
    };
    assert_eq!(from(&instance, &key).await, "198.51.100.1");
    assert_eq!(from(&instance, &GatewayKey::new(&[8; 32])).await, "127.0.0.1");
    assert_eq!(from(&outermost, &key).await, "127.0.0.1");
}
