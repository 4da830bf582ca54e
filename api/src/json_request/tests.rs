//! Bodies, options, and what cannot be read.

use axum::{body::Body, http::Request};
use serde::Deserialize;

use super::*;

#[derive(Debug, Deserialize)]
struct Name {
    name: String,
}

async fn read(
    request: axum::http::request::Builder,
    body: &'static str,
) -> Result<JsonRequest<Name>, u16> {
    let request = request.body(Body::from(body)).unwrap();
    JsonRequest::from_request(request, &()).await.map_err(|problem| problem.status())
}

fn post() -> axum::http::request::Builder {
    Request::post("/customers").header("content-type", "application/json")
}

#[tokio::test]
async fn a_body_is_read_under_its_terms() {
    let request = post().header("if-match", "\"3\"").header("idempotency-key", "k1");
    let request = read(request, r#"{"name":"Anna"}"#).await.unwrap();
    assert_eq!(request.body.name, "Anna");
    assert_eq!(request.options.expected_version, Some(3));
    let (key, first) = request.options.idempotency.unwrap();
    assert_eq!(key, "k1");

    let other = read(post().header("idempotency-key", "k1"), r#"{"name":"Bea"}"#);
    assert_ne!(other.await.unwrap().options.idempotency.unwrap().1, first);
}

#[tokio::test]
async fn what_cannot_be_read_says_why() {
    let status = async |request, body| read(request, body).await.map(drop).unwrap_err();
    assert_eq!(status(post(), "{").await, 400);
    assert_eq!(status(post(), "{}").await, 422);
    assert_eq!(status(post(), r#"{"name":"Anna","name":"Bea"}"#).await, 400);
    assert_eq!(status(post(), r#"{"name":"\u0000"}"#).await, 422);
    assert_eq!(status(post(), r#"{"name":"2030-01-01T09:00:60Z"}"#).await, 422);
    assert_eq!(status(post(), r#"{"name":"\u200b\ufeff"}"#).await, 422);
    assert_eq!(status(post(), r#"{"name":"Anna \u202egro.live"}"#).await, 422);
    assert_eq!(status(Request::post("/"), r#"{"name":"Anna"}"#).await, 415);
    assert_eq!(status(post().header("if-match", "3"), r#"{"name":"Anna"}"#).await, 422);
    let long = "k".repeat(256);
    assert_eq!(status(post().header("idempotency-key", long), "{}").await, 422);
}
