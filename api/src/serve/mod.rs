//! Serving a router to a network: HTTP/1.1, plain or in TLS, until it is told to stop.
//!
//! Connections that send nothing, or a request too slowly, or take nothing of an answer, are closed; their number is limited in all
//! and for each client.

mod connection_limits;
mod limited_stream;
#[cfg(test)]
mod tests;
mod tls;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{StatusCode, Uri, header::LOCATION},
    response::{IntoResponse, Response},
};
use futures::FutureExt;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::{Service, ServiceExt};

use self::limited_stream::LimitedStream;
use crate::ingress::PeerAddress;
pub use connection_limits::ConnectionLimits;
pub use tls::Tls;

/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// The longest head of a request, in bytes. hyper checks its limit before each read, so its buffer may
/// grow to twice that.
const LONGEST_HEAD: usize = 64 << 10;
/// How long to wait after a failed `accept`, for example for lack of file descriptors.
const ACCEPT_RETRY: Duration = Duration::from_millis(50);

/// Serves connections until `stop`; then requests in progress are completed. Connections beyond the
/// limits are closed at once.
pub async fn serve(
    listener: TcpListener,
    limits: Arc<ConnectionLimits>,
    tls: Option<Tls>,
    router: Router,
    stop: CancellationToken,
) {
    let open = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => break,
        };
        let Ok((stream, peer)) = accepted else {
            sleep(ACCEPT_RETRY).await;
            continue;
        };
        let Some(permit) = limits.try_acquire(peer.ip()) else {
            metrics::counter!("servicebook_http_connections_refused").increment(1);
            continue;
        };
        let (tls, router, stop) = (tls.clone(), router.clone(), stop.clone());
        let limits = Arc::clone(&limits);
        open.spawn(async move {
            let _ = stream.set_nodelay(true);
            if !sends_first_byte(&stream, &limits, &stop).await {
                return;
            }
            match tls {
                None => {
                    let stream = LimitedStream::new(stream, permit, limits.write);
                    serve_connection(stream, &limits, router, peer, stop).await;
                }
                Some(tls) => {
                    if let Some(stream) = tls_handshake(&tls, stream, peer).await {
                        let stream = LimitedStream::new(stream, permit, limits.write);
                        serve_connection(stream, &limits, router, peer, stop).await;
                    }
                }
            }
        });
    }
    drop(listener);
    open.close();
    open.wait().await;
}

/// Whether a client sends its first byte in time.
async fn sends_first_byte(
    stream: &TcpStream,
    limits: &ConnectionLimits,
    stop: &CancellationToken,
) -> bool {
    let mut first = [0];
    let peeked = timeout(limits.first_byte, stream.peek(&mut first));
    let peeked = stop.run_until_cancelled(peeked).await;
    matches!(peeked, Some(Ok(Ok(1))))
}

/// Serves one connection until it is closed or upgraded.
async fn serve_connection(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    limits: &ConnectionLimits,
    router: Router,
    peer: SocketAddr,
    stop: CancellationToken,
) {
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(PeerAddress(peer));
        router.clone().call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(LONGEST_HEAD / 2)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(why) = ended {
        tracing::debug!(%peer, "a connection broke: {why}");
    }
}

async fn tls_handshake(
    tls: &Tls,
    stream: TcpStream,
    peer: SocketAddr,
) -> Option<tokio_rustls::server::TlsStream<TcpStream>> {
    let handshake = timeout(HANDSHAKE, tls.accept(stream)).await;
    let handshake = handshake.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
    handshake.inspect_err(|why| tracing::debug!(%peer, "no TLS: {why}")).ok()
}

/// Redirects to the same path of another address: from HTTP to HTTPS.
pub fn redirect_router(to: String) -> Router {
    let moved = move |uri: Uri| {
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let location = format!("{}{path}", to.trim_end_matches('/'));
        async move { (StatusCode::PERMANENT_REDIRECT, [(LOCATION, location)]).into_response() }
    };
    Router::new().fallback(moved)
}

/// Serves `path` of a router at `/`, and nothing else of it.
pub fn single_path_router(path: &'static str, router: Router) -> Router {
    let at_root = move |mut request: Request| -> futures::future::BoxFuture<'static, Response> {
        if request.uri().path() != "/" {
            return async { crate::ingress::no_such_route_problem().into_response() }.boxed();
        }
        let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        if let Ok(uri) = format!("{path}{query}").parse() {
            *request.uri_mut() = uri;
        }
        let router = router.clone();
        async move { router.oneshot(request).await.unwrap_or_else(|never| match never {}) }.boxed()
    };
    Router::new().fallback(at_root)
}
