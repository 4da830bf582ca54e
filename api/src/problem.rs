//! Problem details of errors, for people and for programs (RFC 9457).
//!
//! Every response that is no success is a [`Problem`].

mod code;
mod failures;
mod schema;
#[cfg(test)]
mod tests;

use std::{fmt::Display, time::Duration};

use axum::{
    Json,
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_TYPE, ETAG, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use commands::policy::Right;
use domain::{Fault, identity::oauth_client::Permission};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

pub use self::code::ProblemCode;
pub(crate) use self::{
    failures::SUBJECT_ERASED,
    schema::{schema, schema_with_names},
};

/// The code of a token that is not for a request (RFC 6750, 3.1).
const INSUFFICIENT_SCOPE: &str = ProblemCode::InsufficientScope.into_str();

tokio::task_local! {
    /// The trace of the request that a task answers: problems name it, as the logs do.
    pub(crate) static TRACE_ID: String;
}

/// An answer that is no success.
///
/// `{"type": "urn:servicebook:problem:too_late", "title": "Conflict", "status": 409,
///   "code": "too_late", "detail": "it could be called off until …", "invariant": "SCH-4",
///   "until": "2030-01-07T09:00:00Z", "trace_id": "…"}`
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Problem(Box<ProblemDetails>);

#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemDetails {
    /// The kind of problem as a URI: `urn:servicebook:problem:` and the code.
    #[serde(rename = "type")]
    kind: String,
    /// The meaning of the status.
    title: &'static str,
    status: u16,
    /// What went wrong this time, for people.
    detail: String,
    /// The kind of problem, for programs.
    code: String,
    /// The rule of the business behind it: `SCH-1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    invariant: Option<String>,
    /// What is wrong with the input, field by field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<Fault>,
    /// Names the request in the logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<String>,
    /// What else a program may want to know; it depends on the code.
    #[serde(flatten)]
    #[schema(ignore)]
    more: Map<String, Value>,
    #[serde(skip)]
    #[schema(ignore)]
    retry_after: Option<u64>,
}

impl Problem {
    pub fn new(status: StatusCode, code: ProblemCode, detail: impl Display) -> Self {
        Self::with_code(status, &code.to_string(), detail)
    }

    /// A problem with the code of a refusal, or one of [`ProblemCode`].
    fn with_code(status: StatusCode, code: &str, detail: impl Display) -> Self {
        Self(Box::new(ProblemDetails {
            kind: format!("urn:servicebook:problem:{code}"),
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            detail: detail.to_string(),
            code: code.to_owned(),
            invariant: None,
            fields: Vec::new(),
            trace_id: None,
            more: Map::new(),
            retry_after: None,
        }))
    }

    /// 401: the caller is not authenticated.
    pub(crate) fn unauthenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            ProblemCode::Unauthenticated,
            "sign in first: POST /api/v1/jwt",
        )
    }

    /// 401: the credential is invalid or expired (RFC 6750, 3.1).
    pub(crate) fn invalid_token() -> Self {
        Self::unauthenticated().with("error", "invalid_token")
    }

    /// 403: the caller lacks a right.
    pub(crate) fn forbidden(right: Right) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            ProblemCode::Forbidden,
            format!("this takes the right {right}"),
        )
        .with("right", right.to_string())
    }

    /// 403: the caller's role requires a second factor.
    pub(crate) fn mfa_required() -> Self {
        let detail = "your role asks for a second factor: enroll an authenticator app at \
             /auth/mfa/totp or a passkey at /auth/passkeys/enroll, and sign in with it";
        Self::new(StatusCode::FORBIDDEN, ProblemCode::MfaRequired, detail)
    }

    /// 403: the scope of the token lacks a permission (RFC 6750, 3.1).
    pub(crate) fn insufficient_scope(missing: Permission) -> Self {
        Self::denied_to_applications(missing).with("scope", missing.to_string())
    }

    /// 403: the token of an application is not for this, whatever its scope.
    pub(crate) fn denied_to_applications(what: impl Display) -> Self {
        let detail = format!("this token is not for {what}");
        Self::new(StatusCode::FORBIDDEN, ProblemCode::InsufficientScope, detail)
    }

    /// 404: it does not exist, or the caller may not know that it does.
    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, ProblemCode::NotFound, "there is nothing here")
    }

    /// 400: the request cannot be parsed.
    pub fn malformed(why: impl Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, ProblemCode::Malformed, why)
    }

    /// 413: the body is too large.
    pub fn too_large() -> Self {
        Self::too_large_for("a body", "2 MB")
    }

    fn too_large_for(what: &str, most: &str) -> Self {
        let status = StatusCode::PAYLOAD_TOO_LARGE;
        Self::new(
            status,
            ProblemCode::TooLarge,
            format!("this is too large: {what} may have {most}"),
        )
    }

    /// 422 for one field: `pointer` is a JSON pointer into the body, or the name of a parameter or
    /// header.
    pub(crate) fn invalid(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self::invalid_fields(vec![Fault::new(pointer, message)])
    }

    /// 422 for a parameter that an operation does not have.
    pub(crate) fn unknown_parameter(name: &str) -> Self {
        Self::invalid(name, "there is no such parameter")
    }

    pub(crate) fn invalid_fields(fields: Vec<Fault>) -> Self {
        let detail = match fields.as_slice() {
            [Fault { pointer, message, .. }] if pointer.is_empty() => message.clone(),
            [Fault { pointer, message, .. }] => format!("{pointer}: {message}"),
            many => format!("{} fields cannot be accepted", many.len()),
        };
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        let mut problem = Self::new(status, ProblemCode::Invalid, detail);
        problem.0.fields = fields;
        problem
    }

    /// 409: the present state does not allow it.
    pub(crate) fn conflict(code: ProblemCode, detail: impl Display) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }

    /// 503, with `Retry-After`: overloaded, or a dependency is down.
    pub fn unavailable(code: ProblemCode, detail: impl Display) -> Self {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        let mut problem = Self::new(status, code, detail);
        problem.0.retry_after = Some(1);
        problem
    }

    /// 429: over a rate limit; `wait` is the time until the next request is allowed.
    pub(crate) fn too_many(wait: Duration) -> Self {
        let seconds = wait.as_secs() + 1;
        let detail = format!("too many requests; come back in {seconds} s");
        let mut problem =
            Self::new(StatusCode::TOO_MANY_REQUESTS, ProblemCode::TooManyRequests, detail);
        problem.0.retry_after = Some(seconds);
        problem
    }

    /// 429: too many live streams.
    pub(crate) fn too_many_streams(wait: Duration) -> Self {
        let detail = "you listen in too many places at once; close one of them";
        let status = StatusCode::TOO_MANY_REQUESTS;
        let mut problem = Self::new(status, ProblemCode::TooManyStreams, detail);
        problem.0.retry_after = Some(wait.as_secs());
        problem
    }

    /// 429: too many failed attempts (IAM-4).
    pub(crate) fn too_many_attempts(wait: Duration) -> Self {
        let seconds = wait.as_secs() + 1;
        let detail = format!("this was tried too often; come back in {seconds} s");
        let mut problem = Self::new(StatusCode::TOO_MANY_REQUESTS, ProblemCode::Locked, detail);
        problem.0.retry_after = Some(seconds);
        problem.with_rule(Some("IAM-4"))
    }

    pub(crate) fn with_rule(mut self, rule: Option<&str>) -> Self {
        self.0.invariant = rule.map(str::to_owned);
        self
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.more.insert(name.to_owned(), value.into());
        self
    }

    /// Whether it has this code.
    pub(crate) fn has_code(&self, code: &str) -> bool {
        self.0.code == code
    }

    /// Whether it is this that is taken.
    pub(crate) fn concerns_claim(&self, what: &str) -> bool {
        self.0.more.get("what").is_some_and(|taken| taken == what)
    }

    /// Whether the field of this name is wrong.
    pub(crate) fn concerns_field(&self, name: &str) -> bool {
        self.0.fields.iter().any(|fault| fault.pointer.rsplit('/').next() == Some(name))
    }

    /// Which credentials would do (RFC 6750, 3).
    fn challenge(&self) -> Option<HeaderValue> {
        let text = |name| self.0.more.get(name).and_then(Value::as_str);
        let challenge = match (self.status(), self.code(), text("error"), text("scope")) {
            (401, _, None, _) => "Bearer".to_owned(),
            (401, _, Some(error), _) => format!("Bearer error=\"{error}\""),
            (_, INSUFFICIENT_SCOPE, _, None) => format!("Bearer error=\"{INSUFFICIENT_SCOPE}\""),
            (_, INSUFFICIENT_SCOPE, _, Some(scope)) => {
                format!("Bearer error=\"{INSUFFICIENT_SCOPE}\", scope=\"{scope}\"")
            }
            _ => return None,
        };
        challenge.parse().ok()
    }

    pub(crate) fn code(&self) -> &str {
        &self.0.code
    }

    pub(crate) fn status(&self) -> u16 {
        self.0.status
    }
}

/// An extension of 403 responses: the missing right, for the audit trail.
#[derive(Debug, Clone)]
pub(crate) struct MissingRight(pub(crate) String);

impl IntoResponse for Problem {
    fn into_response(mut self) -> Response {
        self.0.trace_id = TRACE_ID.try_with(Clone::clone).ok();
        let status = StatusCode::from_u16(self.0.status).unwrap_or_default();
        let current = self.0.more.get("current").and_then(Value::as_i64);
        let retry_after = self.0.retry_after;
        let challenge = self.challenge();
        let right = self.0.more.get("right").and_then(Value::as_str).map(str::to_owned);
        let mut response = (status, Json(self)).into_response();
        if let Some(right) = right.filter(|_| status == StatusCode::FORBIDDEN) {
            response.extensions_mut().insert(MissingRight(right));
        }
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(challenge) = challenge {
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        if let Some(seconds) = retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        let tag = current.and_then(|version| format!("\"{version}\"").parse().ok());
        if let Some(tag) = tag.filter(|_| status == StatusCode::PRECONDITION_FAILED) {
            headers.insert(ETAG, tag);
        }
        response
    }
}
