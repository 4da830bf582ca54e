//! Drains bodies that no handler read: a client that is refused early still sends its body, and would
//! take a closed connection for a broken server.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::Request,
    http::{HeaderValue, header::CONNECTION},
    middleware::Next,
    response::Response,
};
use futures::{Stream, StreamExt, stream};
use tokio::time::timeout;

use super::settings::MAX_BODY_SIZE;

/// How long the rest of a body is awaited.
const MAX_WAIT: Duration = Duration::from_secs(1);

/// Reads the rest of the body before the response is sent; if it does not end in time, the
/// connection is closed.
pub(super) async fn drain(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let body = Arc::new(Mutex::new(body.into_data_stream()));
    let shared = || {
        let body = Arc::clone(&body);
        stream::poll_fn(move |context| {
            body.lock().unwrap_or_else(PoisonError::into_inner).poll_next_unpin(context)
        })
    };
    let mut response = next.run(Request::from_parts(parts, Body::from_stream(shared()))).await;
    if !timeout(MAX_WAIT, drain_to_end(shared())).await.unwrap_or_default() {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

async fn drain_to_end(mut rest: impl Stream<Item = Result<Bytes, axum::Error>> + Unpin) -> bool {
    let mut size = 0;
    while let Some(part) = rest.next().await {
        let Ok(part) = part else { return false };
        size += part.len();
        if size > MAX_BODY_SIZE {
            return false;
        }
    }
    true
}
