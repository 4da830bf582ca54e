//! The middleware of the outermost process: rate limits by address, security headers, CORS,
//! deprecations, compression.

use std::time::Duration;

use axum::{
    Router,
    extract::{Request, State},
    http::{
        Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version,
        header::{
            ACCEPT_RANGES, AUTHORIZATION, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LENGTH,
            CONTENT_RANGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH,
            IF_RANGE, LINK, LOCATION, RANGE, REFERRER_POLICY, RETRY_AFTER,
            STRICT_TRANSPORT_SECURITY,
        },
    },
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use tower_http::{
    compression::{CompressionLayer, DefaultPredicate, Predicate, predicate::SizeAbove},
    cors::{AllowOrigin, CorsLayer},
};

use super::{
    address::ClientAddress,
    settings::{Ingress, MAX_BODY_SIZE, PublicSettings},
    uploads::brings_file,
};
use crate::{
    problem::{Problem, ProblemCode},
    trace::REQUEST_ID,
};

/// Smaller answers are sent as they are.
const MIN_COMPRESSED_SIZE: u64 = 1024;
/// How long browsers may cache a preflight response.
const PREFLIGHT_MAX_AGE: Duration = Duration::from_hours(1);

/// Security headers of all responses.
const SECURITY_HEADERS: [(HeaderName, &str); 5] = [
    // Our HTML pages set their own.
    (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("x-frame-options"), "DENY"),
];
const HSTS_TWO_YEARS: HeaderValue = HeaderValue::from_static("max-age=63072000; includeSubDomains");

pub(super) fn apply_public_layers(
    router: Router,
    public: &PublicSettings,
    ingress: Ingress,
) -> Router {
    let small = DefaultPredicate::new().and(SizeAbove::new(MIN_COMPRESSED_SIZE)).and(is_no_file);
    router
        .layer(CompressionLayer::new().compress_when(small))
        .layer(from_fn_with_state(ingress, guard))
        .layer(cors(public))
}

/// Whether a response is no file to be saved: what has ranges is sent as it is.
fn is_no_file(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    !headers.contains_key(ACCEPT_RANGES)
}

fn cors(public: &PublicSettings) -> CorsLayer {
    let named = HeaderName::from_static;
    let sent = [
        AUTHORIZATION,
        CONTENT_TYPE,
        IF_MATCH,
        IF_NONE_MATCH,
        IF_RANGE,
        RANGE,
        named("idempotency-key"),
        named("last-event-id"),
        named("traceparent"),
        named("tus-resumable"),
        named("upload-length"),
        named("upload-metadata"),
        named("upload-offset"),
        named("x-csrf-token"),
        named("x-min-position"),
        named(REQUEST_ID),
    ];
    let answered = [
        ACCEPT_RANGES,
        CONTENT_DISPOSITION,
        CONTENT_RANGE,
        ETAG,
        LINK,
        LOCATION,
        RETRY_AFTER,
        named("tus-resumable"),
        named("tus-version"),
        named("upload-expires"),
        named("upload-length"),
        named("upload-offset"),
        named("x-position"),
        named(REQUEST_ID),
    ];
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(public.origins.iter().cloned()))
        .allow_credentials(!public.origins.is_empty())
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers(sent)
        .expose_headers(answered)
        .max_age(PREFLIGHT_MAX_AGE)
}

async fn guard(State(ingress): State<Ingress>, request: Request, next: Next) -> Response {
    let Some(public) = &ingress.0.public else { return next.run(request).await };
    let mut response = match public.admit(&request) {
        Ok(headers) => {
            let mut response = next.run(request).await;
            response.headers_mut().extend(headers);
            response
        }
        Err(problem) => problem.into_response(),
    };
    let headers = response.headers_mut();
    for (name, value) in SECURITY_HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if public.https {
        headers.insert(STRICT_TRANSPORT_SECURITY, HSTS_TWO_YEARS);
    }
    response
}

impl PublicSettings {
    /// Checks a request before it is read; the headers to add to its response.
    fn admit(&self, request: &Request) -> Result<HeaderMap, Problem> {
        let path = request.uri().path();
        if let Some(address) = request.extensions().get::<ClientAddress>() {
            self.rates.admit(*address, path).map_err(Problem::too_many)?;
        }
        let announced = request.headers().get(CONTENT_LENGTH);
        let announced = announced.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        let is_too_large = announced.is_some_and(|length| length > MAX_BODY_SIZE);
        if is_too_large && !brings_file(request.headers()) {
            // Before any of it is read.
            return Err(Problem::too_large());
        }
        let plain = request.headers().get(CONTENT_ENCODING).is_none_or(|how| how == "identity");
        if !plain {
            // Bodies are never inflated, so there are no decompression bombs.
            let detail = "send the body as it is, not compressed";
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                ProblemCode::Compressed,
                detail,
            ));
        }
        self.deprecations.headers(path)
    }
}
