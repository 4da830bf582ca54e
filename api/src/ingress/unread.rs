//! What of a body nobody read: whoever is refused before that still sends it, and would take the end of
//! the connection for the end of the server.

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

use super::settings::LARGEST;

/// For so long what is left is awaited.
const PATIENCE: Duration = Duration::from_secs(1);

/// Reads what is left of a body before it answers; of one that does not end it says that the
/// connection does.
pub(super) async fn read_on(request: Request, next: Next) -> Response {
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
    if !timeout(PATIENCE, ends(shared())).await.unwrap_or_default() {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

async fn ends(mut rest: impl Stream<Item = Result<Bytes, axum::Error>> + Unpin) -> bool {
    let mut size = 0;
    while let Some(part) = rest.next().await {
        let Ok(part) = part else { return false };
        size += part.len();
        if size > LARGEST {
            return false;
        }
    }
    true
}
