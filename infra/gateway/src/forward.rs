//! Forwards requests to an instance, and its responses to the client.

use std::{pin::pin, sync::Arc, time::Duration};

use api::{
    MAX_BODY_SIZE, Problem, ProblemCode,
    ingress::{self, ClientAddress, X_FORWARDED_FOR},
    trace::{self, REQUEST_ID},
};
use axum::{
    body::{Body, Bytes, HttpBody, to_bytes},
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri,
        header::{CONNECTION, HOST, UPGRADE},
        request::Parts,
        uri::{PathAndQuery, Scheme},
    },
    response::{IntoResponse, Response},
};
use hyper::body::Incoming;
use hyper_util::client::legacy;
use tokio::time::timeout;

use crate::{gateway::Gateway, routing_table::Upstream, upgrade};

/// How long an instance may take for an answer before it is asked whether it lives.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long it may take to say so, however busy it is.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(3);

/// Headers that belong to one connection and are not forwarded (RFC 9110, 7.6.1).
const HOP_BY_HOP_HEADERS: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

pub(super) async fn forward(State(gateway): State<Gateway>, request: Request) -> Response {
    match gateway.forward_request(request).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

impl Gateway {
    async fn forward_request(&self, mut request: Request) -> Result<Response, Problem> {
        let routing_table = self.routing_table();
        let Some(candidates) = routing_table.candidates(request.uri().path()) else {
            // A gateway that has just started has no instances yet.
            if routing_table.has_no_upstream() {
                return Err(no_upstream());
            }
            let legacy = ingress::redirect_unversioned(request.uri(), |path| {
                routing_table.has_route_at_or_below(path)
            });
            return legacy.ok_or_else(ingress::no_such_route_problem);
        };
        let client_upgrade = upgrade::take_client_upgrade(&mut request);
        let (parts, body) = request.into_parts();
        if ingress::brings_file(&parts.headers) {
            return self.forward_file(candidates.into_iter().next(), &parts, body).await;
        }
        let body = read_body(body).await?;
        let headers = self.headers(&parts, client_upgrade.is_some());
        let is_repeatable = is_repeatable(&parts.method, &headers);
        for upstream in candidates {
            let _active = upstream.track_request();
            let request = upstream_request(&upstream, &parts, headers.clone(), body.clone().into());
            match self.answer(&upstream, request).await {
                Ok(response) => return Ok(client_response(response, client_upgrade)),
                Err(why) => {
                    tracing::debug!(instance = upstream.instance.id, "not answered: {why:?}");
                    upstream.mark_failed();
                    // A request that was not sent was not executed.
                    if !why.was_not_sent() && !is_repeatable {
                        let detail = "whoever answered it is gone; it may have been done or not";
                        return Err(Problem::new(
                            StatusCode::BAD_GATEWAY,
                            ProblemCode::Lost,
                            detail,
                        ));
                    }
                }
            }
        }
        Err(no_upstream())
    }

    /// Sends a file on as it comes in, once: it is too large to be kept for another instance.
    async fn forward_file(
        &self,
        upstream: Option<Arc<Upstream>>,
        parts: &Parts,
        body: Body,
    ) -> Result<Response, Problem> {
        let upstream = upstream.ok_or_else(no_upstream)?;
        let _active = upstream.track_request();
        let request = upstream_request(&upstream, parts, self.headers(parts, false), body);
        match self.answer(&upstream, request).await {
            Ok(response) => Ok(client_response(response, None)),
            Err(why) => {
                tracing::debug!(instance = upstream.instance.id, "not answered: {why:?}");
                upstream.mark_failed();
                Err(no_upstream())
            }
        }
    }

    /// The answer of an instance, however long it takes as long as it lives: one that is frozen accepts
    /// connections and answers none. One that has just failed is asked at once.
    async fn answer(
        &self,
        upstream: &Upstream,
        request: hyper::Request<Body>,
    ) -> Result<hyper::Response<Incoming>, Unanswered> {
        let mut answer = pin!(self.0.client.request(request));
        let mut patience = if upstream.is_healthy() { PATIENCE } else { Duration::ZERO };
        loop {
            if let Ok(answer) = timeout(patience, &mut answer).await {
                return answer.map_err(Unanswered::Failed);
            }
            tokio::select! {
                biased;
                answer = &mut answer => return answer.map_err(Unanswered::Failed),
                is_frozen = self.is_frozen(upstream) => if is_frozen { return Err(Unanswered::Frozen) },
            }
            patience = PATIENCE;
        }
    }

    /// Whether an instance does not even say that it lives.
    async fn is_frozen(&self, upstream: &Upstream) -> bool {
        let mut request = hyper::Request::new(Body::empty());
        *request.uri_mut() = upstream_uri(upstream, PathAndQuery::from_static("/health"));
        timeout(HEALTH_TIMEOUT, self.0.client.request(request)).await.is_err()
    }

    /// The headers of the request to the instance.
    fn headers(&self, parts: &Parts, upgrade: bool) -> HeaderMap {
        let mut headers = parts.headers.clone();
        remove_hop_by_hop_headers(&mut headers);
        if upgrade {
            headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
            headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        }
        let mut add = |name: HeaderName, value: &str| {
            headers.extend(HeaderValue::from_str(value).ok().map(|value| (name, value)));
        };
        if let Some(ClientAddress(address)) = parts.extensions.get() {
            add(X_FORWARDED_FOR, &address.to_string());
        }
        add(HeaderName::from_static("x-forwarded-proto"), self.0.scheme);
        if let Some(trace) = trace::current() {
            add(HeaderName::from_static("traceparent"), &trace.traceparent());
            add(HeaderName::from_static(REQUEST_ID), &trace.request);
        }
        if let (Some(key), Some(ClientAddress(address))) = (&self.0.key, parts.extensions.get()) {
            key.sign_client(*address, &mut headers);
        }
        headers
    }
}

/// Why an instance did not answer.
#[derive(Debug)]
enum Unanswered {
    Failed(legacy::Error),
    /// It does not even say that it lives.
    Frozen,
}

impl Unanswered {
    /// Whether the instance cannot have received the request.
    fn was_not_sent(&self) -> bool {
        matches!(self, Self::Failed(why) if why.is_connect())
    }
}

fn no_upstream() -> Problem {
    Problem::unavailable(
        ProblemCode::Unavailable,
        "nobody who answers this can be reached just now",
    )
}

/// Reads the whole body, so that it can be sent again to another instance.
async fn read_body(body: Body) -> Result<Bytes, Problem> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    to_bytes(body, MAX_BODY_SIZE).await.map_err(|why| {
        let why = std::error::Error::source(&why);
        if why.is_some_and(<dyn std::error::Error>::is::<http_body_util::LengthLimitError>) {
            Problem::too_large()
        } else {
            Problem::malformed("the body broke off")
        }
    })
}

/// Whether a request may be sent twice; `headers` are those of the request to the instance.
fn is_repeatable(method: &Method, headers: &HeaderMap) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
        || headers.contains_key("idempotency-key")
}

fn upstream_request(
    upstream: &Upstream,
    parts: &Parts,
    headers: HeaderMap,
    body: Body,
) -> hyper::Request<Body> {
    let path = parts.uri.path_and_query().cloned();
    let path = path.unwrap_or_else(|| PathAndQuery::from_static("/"));
    let mut request = hyper::Request::new(body);
    *request.method_mut() = parts.method.clone();
    *request.uri_mut() = upstream_uri(upstream, path);
    *request.headers_mut() = headers;
    request
}

fn upstream_uri(upstream: &Upstream, path: PathAndQuery) -> Uri {
    let mut uri = axum::http::uri::Parts::default();
    uri.scheme = Some(Scheme::HTTP);
    uri.authority = Some(upstream.instance.address.clone());
    uri.path_and_query = Some(path);
    Uri::from_parts(uri).unwrap_or_default()
}

fn client_response(
    response: hyper::Response<Incoming>,
    client_upgrade: upgrade::ClientUpgrade,
) -> Response {
    let mut response = response.map(Body::new);
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        return upgrade::tunnel(response, client_upgrade);
    }
    remove_hop_by_hop_headers(response.headers_mut());
    response
}

fn remove_hop_by_hop_headers(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|names| names.to_str().ok())
        .flat_map(|names| names.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .filter(|name| name != HOST)
        .collect();
    for name in named {
        headers.remove(name);
    }
    for name in HOP_BY_HOP_HEADERS {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_no_instance_sees_makes_nothing_repeatable() {
        let mut headers = HeaderMap::new();
        headers.insert("idempotency-key", HeaderValue::from_static("7"));
        let is_repeatable = |mut headers: HeaderMap| {
            remove_hop_by_hop_headers(&mut headers);
            is_repeatable(&Method::POST, &headers)
        };
        assert!(is_repeatable(headers.clone()));
        headers.insert(CONNECTION, HeaderValue::from_static("close, Idempotency-Key"));
        assert!(!is_repeatable(headers));
    }
}
