//! Errors of the OAuth endpoints that programs call (RFC 6749, 5.2).

use std::fmt::Display;

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header::WWW_AUTHENTICATE},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::problem::Problem;

/// An error in the format of OAuth (RFC 6749, 5.2), not as problem details.
#[derive(Debug)]
pub(crate) struct OAuthError {
    status: StatusCode,
    error: &'static str,
    description: String,
}

impl OAuthError {
    fn new(status: StatusCode, error: &'static str, description: impl Display) -> Self {
        Self { status, error, description: description.to_string() }
    }

    pub(super) fn invalid_request(description: impl Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", description)
    }

    /// The client could not be authenticated.
    pub(super) fn invalid_client() -> Self {
        let description = "no such application, or not with this secret";
        Self::new(StatusCode::UNAUTHORIZED, "invalid_client", description)
    }

    /// The presented code or token is invalid or expired.
    pub(super) fn invalid_grant(description: impl Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_grant", description)
    }

    pub(super) fn unauthorized_client(description: impl Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "unauthorized_client", description)
    }

    pub(super) fn invalid_scope(description: impl Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_scope", description)
    }

    pub(super) fn unsupported_grant_type() -> Self {
        let description = "authorization_code, refresh_token and client_credentials are supported";
        Self::new(StatusCode::BAD_REQUEST, "unsupported_grant_type", description)
    }

    pub(super) fn code_and_description(&self) -> (&'static str, &str) {
        (self.error, &self.description)
    }
}

impl<E: Into<Problem>> From<E> for OAuthError {
    fn from(problem: E) -> Self {
        let problem = problem.into();
        let status = StatusCode::from_u16(problem.status()).unwrap_or_default();
        match status {
            StatusCode::SERVICE_UNAVAILABLE => {
                Self::new(status, "temporarily_unavailable", "try again in a moment")
            }
            _ => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "server_error",
                "this should not have happened",
            ),
        }
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let body = json!({ "error": self.error, "error_description": self.description });
        let mut response = (self.status, Json(body)).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            let basic = HeaderValue::from_static("Basic realm=\"servicebook\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, basic);
        }
        response
    }
}
