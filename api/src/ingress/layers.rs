//! The middleware around every request: trace, client address, limits, panics, metrics.

use std::{
    collections::BTreeSet, net::Ipv4Addr, panic::AssertUnwindSafe, sync::Arc, time::Instant,
};

use anyhow::anyhow;
use axum::{
    extract::{MatchedPath, Request, State},
    http::{
        HeaderName, HeaderValue, StatusCode, Uri, Version,
        header::{CACHE_CONTROL, HOST, X_CONTENT_TYPE_OPTIONS},
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::FutureExt;
use projections::panic_message;
use tracing::Instrument;

use super::{
    address::{ClientAddress, PeerAddress},
    gateway_key,
    paths::is_under,
    settings::{Ingress, UPLOAD_TIME_LIMIT},
    unversioned::redirect_unversioned,
    uploads::brings_file,
};
use crate::{
    problem::{Problem, ProblemCode},
    trace::{self, REQUEST_ID, Trace},
};

/// Gives the request a trace and a client address, limits concurrency and time, catches panics, and
/// records metrics.
///
/// Logs have methods, routes, statuses and times: no bodies, no query strings, no tokens.
pub(super) async fn trace_and_limit(
    State(ingress): State<Ingress>,
    request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let (request, trusted) = ingress.with_client_address(request);
    let trace = Trace::from_headers(request.headers(), trusted);
    let method = method(&request);
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or_else(|| "none".to_owned(), |route| route.as_str().to_owned());
    let span = tracing::info_span!("request", trace = %trace.id(), method, route);

    let response = trace::with_trace(
        trace.clone(),
        run_bounded(ingress, request, next).instrument(span.clone()),
    );
    let mut response = response.await;

    let status = response.status();
    span.in_scope(|| {
        let ms = started.elapsed().as_millis();
        if status.is_server_error() {
            tracing::warn!(status = status.as_u16(), ms, "failed");
        } else {
            tracing::debug!(status = status.as_u16(), ms, "answered");
        }
    });
    let labels =
        [("method", method.to_owned()), ("route", route), ("status", status.as_str().to_owned())];
    metrics::histogram!("servicebook_http_request_seconds", &labels).record(started.elapsed());

    let headers = response.headers_mut();
    if let Ok(name) = HeaderValue::from_str(&trace.request) {
        headers.insert(HeaderName::from_static(REQUEST_ID), name);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Responses differ by caller and change, so only those that say so may be cached.
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

impl Ingress {
    /// The request with its client address, and whether a proxy of ours sent it for itself. A gateway passes on
    /// what it was told, and vouches for the address only.
    fn with_client_address(&self, mut request: Request) -> (Request, bool) {
        // Only tests have no connection.
        let peer = request.extensions().get::<PeerAddress>();
        let peer = peer.map_or(Ipv4Addr::LOCALHOST.into(), |peer| peer.0.ip());
        let headers = request.headers_mut();
        let verified = self.0.gateway.as_ref().and_then(|gateway| gateway.verified_client(headers));
        gateway_key::remove_header(headers);
        let address = self.0.proxies.client_address(peer, headers);
        let trusted = self.0.proxies.trusts(peer.to_canonical()) && verified.is_none();
        let address = verified.map_or(address, |client| ClientAddress(client.to_canonical()));
        request.extensions_mut().insert(address);
        (request, trusted)
    }
}

async fn run_bounded(ingress: Ingress, request: Request, next: Next) -> Response {
    if !names_one_host(&request) {
        return Problem::malformed("send one Host header").into_response();
    }
    // Health checks must get through at any load.
    let counted = !matches!(request.uri().path(), "/health" | "/ready");
    let Ok(_permit) = ingress.0.permits.try_acquire_many(u32::from(counted)) else {
        return Problem::unavailable(ProblemCode::Overloaded, "too many requests at once")
            .into_response();
    };
    let brings_file = brings_file(request.headers());
    let time_limit = if brings_file { UPLOAD_TIME_LIMIT } else { ingress.0.time_limit };
    let run = AssertUnwindSafe(next.run(request)).catch_unwind();
    match tokio::time::timeout(time_limit, run).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => {
            let why = anyhow!("a handler panicked: {}", panic_message(&*panic));
            Problem::internal_error(&why).into_response()
        }
        Err(_) => Problem::unavailable(
            ProblemCode::TooSlow,
            "it took longer than 30 s, so it was given up",
        )
        .into_response(),
    }
}

/// Whether a request has exactly one Host header, so that a proxy and we never read different hosts
/// (RFC 9112, 3.2). Before HTTP/1.1 it may have none.
fn names_one_host(request: &Request) -> bool {
    let hosts = request.headers().get_all(HOST).iter().count();
    // Without a connection there is no server that could be meant: a test.
    let may_lack_host =
        request.version() < Version::HTTP_11 || request.extensions().get::<PeerAddress>().is_none();
    hosts == 1 || hosts == 0 && may_lack_host
}

/// The method as a label of metrics, from a fixed set, as clients may invent methods.
fn method(request: &Request) -> &'static str {
    const METHODS: [&str; 7] = ["GET", "POST", "PATCH", "DELETE", "PUT", "HEAD", "OPTIONS"];
    let method = request.method().as_str();
    METHODS.into_iter().find(|name| *name == method).unwrap_or("other")
}

/// 404, or a redirect for a path from before there were versions.
pub(crate) async fn route_not_found(
    State(paths): State<Arc<BTreeSet<String>>>,
    uri: Uri,
) -> Response {
    let legacy = redirect_unversioned(&uri, |path| paths.iter().any(|other| is_under(other, path)));
    legacy.unwrap_or_else(|| no_such_route_problem().into_response())
}

/// 404: no route has this path.
pub fn no_such_route_problem() -> Problem {
    let detail = "there is no such path; see /api/v1/openapi.json";
    Problem::new(StatusCode::NOT_FOUND, ProblemCode::NoSuchRoute, detail)
}

/// 405: a route has this path, but not for this method.
pub(crate) async fn method_not_allowed() -> Problem {
    let status = StatusCode::METHOD_NOT_ALLOWED;
    Problem::new(status, ProblemCode::MethodNotAllowed, "this path does not take this method")
}
