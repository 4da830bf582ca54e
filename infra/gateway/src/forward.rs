//! Passing a request on, and the answer back.

use api::{
    LARGEST, Problem,
    ingress::{self, Address, X_FORWARDED_FOR},
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

use super::{Gateway, table::Upstream, upgrade};

/// What belongs to a connection and not to the request (RFC 9110, 7.6.1).
const OF_THE_CONNECTION: [&str; 9] = [
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
    match gateway.passed_on(request).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

impl Gateway {
    async fn passed_on(&self, mut request: Request) -> Result<Response, Problem> {
        let table = self.table();
        let Some(candidates) = table.candidates(request.uri().path()) else {
            // Whoever has just begun knows of nobody yet.
            if table.is_empty() {
                return Err(nobody());
            }
            let legacy = ingress::redirected(request.uri(), |path| table.knows(path));
            return legacy.ok_or_else(ingress::no_such_route);
        };
        let upgraded = upgrade::wanted(&mut request);
        let (parts, body) = request.into_parts();
        let body = whole(body).await?;
        let head = self.head(&parts, upgraded.is_some());
        let again = may_be_sent_again(&parts.method, &head);
        for upstream in candidates {
            let _busy = upstream.busy();
            let request = addressed(&upstream, &parts, head.clone(), body.clone());
            match self.0.client.request(request).await {
                Ok(response) => return Ok(answered(response, upgraded)),
                Err(why) => {
                    tracing::debug!(instance = upstream.instance.id, "not answered: {why}");
                    upstream.failed();
                    // What never left us was not done by anybody.
                    if !why.is_connect() && !again {
                        let detail = "whoever answered it is gone; it may have been done or not";
                        return Err(Problem::new(StatusCode::BAD_GATEWAY, "lost", detail));
                    }
                }
            }
        }
        Err(nobody())
    }

    /// The headers as an instance gets them.
    fn head(&self, parts: &Parts, upgrade: bool) -> HeaderMap {
        let mut headers = parts.headers.clone();
        remove_those_of_the_connection(&mut headers);
        if upgrade {
            headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
            headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        }
        let mut tell = |name: HeaderName, value: &str| {
            headers.extend(HeaderValue::from_str(value).ok().map(|value| (name, value)));
        };
        if let Some(Address(address)) = parts.extensions.get() {
            tell(X_FORWARDED_FOR, &address.to_string());
        }
        tell(HeaderName::from_static("x-forwarded-proto"), self.0.scheme);
        if let Some(trace) = trace::current() {
            tell(HeaderName::from_static("traceparent"), &trace.parent());
            tell(HeaderName::from_static(REQUEST_ID), &trace.request);
        }
        if let (Some(key), Some(Address(address))) = (&self.0.key, parts.extensions.get()) {
            key.vouch(*address, &mut headers);
        }
        headers
    }
}

fn nobody() -> Problem {
    Problem::unavailable("unavailable", "nobody who answers this can be reached just now")
}

/// The body, which must be at hand whole to be sent again.
async fn whole(body: Body) -> Result<Bytes, Problem> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    to_bytes(body, LARGEST).await.map_err(|why| {
        let why = std::error::Error::source(&why);
        if why.is_some_and(<dyn std::error::Error>::is::<http_body_util::LengthLimitError>) {
            Problem::too_large()
        } else {
            Problem::malformed("the body broke off")
        }
    })
}

/// Whether a request does no more when it is sent twice, with the headers that an instance gets.
fn may_be_sent_again(method: &Method, head: &HeaderMap) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
        || head.contains_key("idempotency-key")
}

fn addressed(
    upstream: &Upstream,
    parts: &Parts,
    headers: HeaderMap,
    body: Bytes,
) -> hyper::Request<Body> {
    let path = parts.uri.path_and_query().cloned();
    let path = path.unwrap_or_else(|| PathAndQuery::from_static("/"));
    let mut uri = axum::http::uri::Parts::default();
    uri.scheme = Some(Scheme::HTTP);
    uri.authority = Some(upstream.instance.address.clone());
    uri.path_and_query = Some(path);
    let mut request = hyper::Request::new(Body::from(body));
    *request.method_mut() = parts.method.clone();
    *request.uri_mut() = Uri::from_parts(uri).unwrap_or_default();
    *request.headers_mut() = headers;
    request
}

fn answered(
    response: hyper::Response<hyper::body::Incoming>,
    upgraded: upgrade::Wanted,
) -> Response {
    let mut response = response.map(Body::new);
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        return upgrade::joined(response, upgraded);
    }
    remove_those_of_the_connection(response.headers_mut());
    response
}

fn remove_those_of_the_connection(headers: &mut HeaderMap) {
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
    for name in OF_THE_CONNECTION {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_no_instance_sees_makes_nothing_repeatable() {
        let mut head = HeaderMap::new();
        head.insert("idempotency-key", HeaderValue::from_static("7"));
        let again = |mut head: HeaderMap| {
            remove_those_of_the_connection(&mut head);
            may_be_sent_again(&Method::POST, &head)
        };
        assert!(again(head.clone()));
        head.insert(CONNECTION, HeaderValue::from_static("close, Idempotency-Key"));
        assert!(!again(head));
    }
}
