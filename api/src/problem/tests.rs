//! Tests of how failures become responses.

use axum::body::to_bytes;
use commands::Failure;
use domain::Refusal;
use serde_json::json;
use thiserror::Error;

use super::*;

#[derive(Debug, PartialEq, Error, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
enum BookingRefusal {
    #[error("it could be called off until {until}")]
    TooLate { until: u32 },
    #[error("no such seat")]
    NoSeat {},
}

impl Refusal for BookingRefusal {
    fn rule(&self) -> Option<&'static str> {
        Some("SCH-4")
    }

    fn faults(&self) -> Vec<Fault> {
        match self {
            Self::TooLate { .. } => vec![],
            Self::NoSeat {} => {
                vec![Fault::new("/seat", "unknown")]
            }
        }
    }
}

async fn sent(problem: impl Into<Problem>) -> (Response, Value) {
    let mut response = problem.into().into_response();
    let body = std::mem::take(response.body_mut());
    let body = to_bytes(body, usize::MAX).await.unwrap();
    (response, serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn a_refusal_brings_its_rule_and_its_own_fields() {
    let (response, body) = sent(Failure::Refused(BookingRefusal::TooLate { until: 7 })).await;
    assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
    assert_eq!(
        body,
        json!({
            "type": "urn:servicebook:problem:too_late", "title": "Conflict", "status": 409,
            "detail": "it could be called off until 7", "code": "too_late",
            "invariant": "SCH-4", "until": 7,
        })
    );
}

#[tokio::test]
async fn a_refusal_of_the_input_names_the_fields() {
    let (response, body) = sent(Failure::Refused(BookingRefusal::NoSeat {})).await;
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(body["fields"], json!([{ "pointer": "/seat", "message": "unknown" }]));
}

#[tokio::test]
async fn a_stale_version_names_the_present_one() {
    let (response, body) = sent(Failure::<BookingRefusal>::Stale { current: 3 }).await;
    assert_eq!(response.status(), StatusCode::PRECONDITION_FAILED);
    assert_eq!(response.headers()[ETAG], "\"3\"");
    assert_eq!(body["current"], 3);
}

#[tokio::test]
async fn what_is_away_comes_back_and_what_is_broken_keeps_its_reason() {
    let away = anyhow::Error::from(sqlx::Error::PoolTimedOut).context("loading");
    let (response, _) = sent(away).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()[RETRY_AFTER], "1");

    let (response, body) = sent(anyhow::anyhow!("the secret is 42")).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!body.to_string().contains("42"));
}
