//! Extractors for JSON bodies with options, paths and query strings. What cannot be read
//! becomes a [`Problem`] with the location of the error.

#[cfg(test)]
mod tests;

use aws_lc_rs::digest::{Context, SHA256};
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, Method, StatusCode, Uri, header, request::Parts},
    response::IntoResponse,
};
use domain::{
    CONTROL_CHARACTERS_PROBLEM, Fault, Keyword, NUL_PROBLEM, has_control_characters, has_nul,
    legibility_problem,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    duplicates,
    error_location::{self, child_pointer, deserialize},
    problem::{Problem, ProblemCode},
    times::{is_out_of_range, time_problem},
    trace::{self, Trace},
};

const IDEMPOTENCY_KEY: &str = "idempotency-key";
const MAX_KEY_LENGTH: usize = 255;
/// The parameter of a query string that is no field of a command.
pub(crate) const DRY_RUN: &str = "dry_run";

/// A JSON body with the options of the command. No body is read as an empty object.
pub(crate) struct JsonRequest<T> {
    pub(crate) body: T,
    pub(crate) options: CommandOptions,
}

/// A body with nothing in it, or none.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Empty {}

/// What says when, how often, and whether at all a command is executed.
#[derive(Debug, Clone, Default)]
pub(crate) struct CommandOptions {
    /// `If-Match: "3"`: execute only if that is still the version.
    pub(crate) expected_version: Option<i32>,
    /// `Idempotency-Key`, and the fingerprint of the request.
    pub(crate) idempotency: Option<(String, Vec<u8>)>,
    /// `?dry_run=true`: find out whether it can be executed now, and do nothing.
    pub(crate) dry_run: bool,
    /// The id of the part that the command creates, such as a comment; the response names it.
    pub(crate) part: Option<Uuid>,
    pub(crate) trace: Option<Trace>,
}

/// What every command takes in its query string ([`DRY_RUN`]).
#[derive(Deserialize)]
struct CommandQuery {
    #[serde(default)]
    dry_run: bool,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonRequest<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let headers = request.headers().clone();
        let bytes = read_body(request, state).await?;
        let options = CommandOptions::read(&method, &uri, &headers, &bytes)?;
        let body = validate_and_deserialize(&parse_json(&headers, &bytes)?)?;
        Ok(Self { body, options })
    }
}

/// A value as a type; 422 with the places of what is wrong with its form, its texts or its times.
pub(crate) fn validate_and_deserialize<T: DeserializeOwned>(value: &Value) -> Result<T, Problem> {
    let mut faults = find_text_problems(value, "");
    match deserialize(value) {
        Ok(read) if faults.is_empty() => return Ok(read),
        Ok(_) => {}
        Err(more) => faults.extend(more),
    }
    Err(Problem::invalid_fields(faults))
}

/// A JSON body as received, for senders that use formats of their own.
pub(crate) struct RawJson(pub(crate) Value);

impl<S: Send + Sync> FromRequest<S> for RawJson {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let headers = request.headers().clone();
        Ok(Self(parse_json(&headers, &read_body(request, state).await?)?))
    }
}

async fn read_body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state).await.map_err(|rejection| {
        match rejection.into_response().status() {
            StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(),
            _ => Problem::malformed("the body broke off"),
        }
    })
}

fn parse_json(headers: &HeaderMap, bytes: &[u8]) -> Result<Value, Problem> {
    if bytes.is_empty() {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if !kind.is_some_and(is_json) {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(Problem::new(
            status,
            ProblemCode::NotJson,
            "send Content-Type: application/json",
        ));
    }
    let body = duplicates::parse_without_duplicates(bytes)
        .map_err(|why| Problem::malformed(format!("the body is no JSON: {why}")))?;
    if bytes.windows(6).any(|part| part == b"\\u0000") && has_nul(&body) {
        return Err(Problem::invalid("", NUL_PROBLEM));
    }
    Ok(body)
}

/// The unacceptable texts and times in a value, which is at a JSON pointer.
fn find_text_problems(value: &Value, at: &str) -> Vec<Fault> {
    match value {
        Value::String(text) => {
            let time = time_problem(text).map(|why| (why, Keyword::Format));
            let found =
                time.or_else(|| legibility_problem(text).map(|why| (why, Keyword::Pattern)));
            let fault = |(why, keyword)| Fault::new(at, why).with_keyword(keyword, None);
            found.map(fault).into_iter().collect()
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items
                .flat_map(|(place, item)| find_text_problems(item, &format!("{at}/{place}")))
                .collect()
        }
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, field)| find_text_problems(field, &child_pointer(at, name)))
            .collect(),
        _ => Vec::new(),
    }
}

/// `application/json` and `application/merge-patch+json` alike.
fn is_json(kind: &str) -> bool {
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json"
        || essence.starts_with("application/") && essence.ends_with("+json")
}

impl CommandOptions {
    /// Those of a command that a form asks for.
    pub(crate) fn none() -> Self {
        Self { trace: trace::current(), ..Self::default() }
    }

    /// Those of a request; `body` tells it from others with the same key.
    pub(crate) fn read(
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Self, Problem> {
        for name in [IDEMPOTENCY_KEY, "If-Match"] {
            if duplicates::is_repeated(headers, name) {
                return Err(Problem::invalid(name, "must not be said twice"));
            }
        }
        let expected_version = match headers.get(header::IF_MATCH).filter(|tag| *tag != "*") {
            None => None,
            Some(tag) => Some(tag.to_str().ok().and_then(parse_etag).ok_or_else(|| {
                Problem::invalid("If-Match", "must be the ETag of the item, such as \"3\"")
            })?),
        };
        let idempotency = match headers.get(IDEMPOTENCY_KEY) {
            None => None,
            Some(key) => {
                let key = key.to_str().ok().filter(|key| (1..=MAX_KEY_LENGTH).contains(&key.len()));
                let key = key.ok_or_else(|| {
                    let message = format!("must be 1 to {MAX_KEY_LENGTH} ASCII characters");
                    Problem::invalid("Idempotency-Key", message)
                })?;
                Some((key.to_owned(), fingerprint(method, uri.path(), body)))
            }
        };
        let query = axum::extract::Query::<CommandQuery>::try_from_uri(uri);
        let query = query.map_err(|_| Problem::invalid(DRY_RUN, "must be true or false"))?;
        let (dry_run, part, trace) = (query.dry_run, None, trace::current());
        Ok(Self { expected_version, idempotency, dry_run, part, trace })
    }
}

/// `"3"` is version 3; so is `"3-…"`, the `ETag` of an item, which has a hash of its content as well.
pub(crate) fn parse_etag(tag: &str) -> Option<i32> {
    let tag = tag.trim().strip_prefix('"')?.strip_suffix('"')?;
    let version = tag.split_once('-').map_or(tag, |(version, _)| version);
    version.parse().ok().filter(|version| *version > 0)
}

/// Two requests with the same fingerprint are the same: SHA-256 of method, path and body.
fn fingerprint(method: &Method, path: &str, body: &[u8]) -> Vec<u8> {
    let mut hash = Context::new(&SHA256);
    for part in [method.as_str().as_bytes(), b" ", path.as_bytes(), b"\n", body] {
        hash.update(part);
    }
    hash.finish().as_ref().to_vec()
}

/// The parameters of the path. One that cannot be parsed is answered with 404.
pub(crate) struct Path<T>(pub(crate) T);

impl<S: Sync + Send, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        path.map(|axum::extract::Path(path)| Self(path)).map_err(|_| Problem::not_found())
    }
}

/// The parameters of the query string. An unknown or invalid one is refused by name.
pub(crate) struct Query<T>(pub(crate) T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        for (name, value) in pairs.map(|axum::extract::Query(pairs)| pairs).unwrap_or_default() {
            if is_out_of_range(&value) {
                return Err(Problem::invalid(&name, "is in a year that not everybody can read"));
            }
            if has_control_characters(&value) {
                return Err(Problem::invalid(&name, CONTROL_CHARACTERS_PROBLEM));
            }
        }
        let query = axum::extract::Query::<T>::try_from_uri(&parts.uri);
        query.map(|axum::extract::Query(query)| Self(query)).map_err(|rejection| {
            let text = rejection.body_text();
            let why = text.rsplit_once("query string: ").map_or(&*text, |(_, why)| why);
            // `unknown field `x`, …`, `missing field `x``, or `x: …`.
            let name = match why.split_once(" field `") {
                Some(("unknown" | "missing" | "duplicate", rest)) => rest.split('`').next(),
                _ => why.split(':').next(),
            };
            let name = name.unwrap_or_default();
            let message = why.strip_prefix(name).and_then(|rest| rest.strip_prefix(": "));
            Problem::invalid_fields(vec![error_location::fault(name, message.unwrap_or(why))])
        })
    }
}
