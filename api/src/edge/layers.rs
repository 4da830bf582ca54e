//! What happens to every request, whatever it asks for.

use std::{
    any::Any,
    collections::BTreeSet,
    net::Ipv4Addr,
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::anyhow;
use axum::{
    extract::{MatchedPath, Request, State},
    http::{
        HeaderName, HeaderValue, StatusCode, Uri,
        header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS},
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::FutureExt;
use tracing::Instrument;

use super::{Edge, address::Peer, is_under, redirected};
use crate::{
    problem::Problem,
    trace::{self, REQUEST_ID, Trace},
};

/// No answer takes longer than this.
const PATIENCE: Duration = Duration::from_secs(30);

/// Names the request, knows where it comes from, bounds it in number and time, survives its
/// panics, and counts it.
///
/// Logs know methods, routes, statuses and times: no bodies, no query strings, no tokens.
pub(super) async fn around(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let request = edge.addressed(request);
    let trace = Trace::of(request.headers());
    let method = method(&request);
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or_else(|| "none".to_owned(), |route| route.as_str().to_owned());
    let span = tracing::info_span!("request", trace = %trace.id(), method, route);

    let answer = trace::within(trace.clone(), answer(edge, request, next).instrument(span.clone()));
    let mut response = answer.await;

    let status = response.status();
    span.in_scope(|| {
        let ms = began.elapsed().as_millis();
        if status.is_server_error() {
            tracing::warn!(status = status.as_u16(), ms, "failed");
        } else {
            tracing::debug!(status = status.as_u16(), ms, "answered");
        }
    });
    let labels =
        [("method", method.to_owned()), ("route", route), ("status", status.as_str().to_owned())];
    metrics::histogram!("servicebook_http_request_seconds", &labels).record(began.elapsed());

    let headers = response.headers_mut();
    if let Ok(name) = HeaderValue::from_str(&trace.request) {
        headers.insert(HeaderName::from_static(REQUEST_ID), name);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // What one may see another may not; whoever keeps an answer must ask whether it still holds.
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-cache"));
    response
}

impl Edge {
    fn addressed(&self, mut request: Request) -> Request {
        // Without a connection there is nobody to be told apart: a test.
        let peer = request.extensions().get::<Peer>();
        let peer = peer.map_or(Ipv4Addr::LOCALHOST.into(), |peer| peer.0.ip());
        let address = self.0.proxies.address(peer, request.headers_mut());
        request.extensions_mut().insert(address);
        request
    }
}

async fn answer(edge: Edge, request: Request, next: Next) -> Response {
    // Those who watch over us must get through however many there are.
    let counted = request.uri().path().starts_with("/api");
    let Ok(_free) = edge.0.free.try_acquire_many(u32::from(counted)) else {
        return Problem::unavailable("overloaded", "too many requests at once").into_response();
    };
    let run = AssertUnwindSafe(next.run(request)).catch_unwind();
    match tokio::time::timeout(PATIENCE, run).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => {
            let why = anyhow!("a handler panicked: {}", words(&*panic));
            Problem::broken(&why).into_response()
        }
        Err(_) => Problem::unavailable("too_slow", "it took longer than 30 s, so it was given up")
            .into_response(),
    }
}

/// A word for the method that cannot be made up by clients: it becomes a label of metrics.
fn method(request: &Request) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "POST", "PATCH", "DELETE", "PUT", "HEAD", "OPTIONS"];
    let method = request.method().as_str();
    KNOWN.into_iter().find(|known| *known == method).unwrap_or("other")
}

fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a word")
}

/// No route has this path, unless it is one from before there were versions.
pub(crate) async fn nowhere(State(known): State<Arc<BTreeSet<String>>>, uri: Uri) -> Response {
    let legacy = redirected(&uri, |path| known.iter().any(|known| is_under(known, path)));
    legacy.unwrap_or_else(|| no_such_route().into_response())
}

pub(crate) fn no_such_route() -> Problem {
    let detail = "there is no such path; see /api/v1/openapi.json";
    Problem::new(StatusCode::NOT_FOUND, "no_such_route", detail)
}

/// A route has this path, but not for this method.
pub(crate) async fn not_so() -> Problem {
    let status = StatusCode::METHOD_NOT_ALLOWED;
    Problem::new(status, "method_not_allowed", "this path does not take this method")
}
