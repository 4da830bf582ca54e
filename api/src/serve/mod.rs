//! Serving a router to a network: HTTP/1.1, plain or in TLS, until it is told to stop.

mod tls;

use std::{io, net::SocketAddr, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{StatusCode, Uri, header::LOCATION},
    response::{IntoResponse, Response},
};
use futures::FutureExt;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{
        conn::auto::Builder,
        graceful::{GracefulShutdown, Watcher},
    },
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};
use tower::{Service, ServiceExt};

use crate::edge::Peer;
pub use tls::Tls;

/// Who has not sent the head of a request by then will not. A gateway gives its connections up
/// earlier, see [`gateway`](crate::gateway).
const HEAD: Duration = Duration::from_secs(30);
/// How long two may take to agree on a key.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// No head of a request is longer, in bytes.
const LONGEST_HEAD: usize = 64 << 10;
/// How long to wait when there are no more connections to be had.
const BREATH: Duration = Duration::from_millis(50);

/// Answers whoever connects, until `stop`; then lets what is under way come to an end.
pub async fn serve(
    listener: TcpListener,
    tls: Option<Tls>,
    router: Router,
    stop: impl Future<Output = ()> + Send,
) {
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let Ok((stream, peer)) = accepted else {
            sleep(BREATH).await;
            continue;
        };
        let (tls, router, watcher) = (tls.clone(), router.clone(), graceful.watcher());
        tokio::spawn(async move {
            let _ = stream.set_nodelay(true);
            match tls {
                None => answer(stream, router, peer, watcher).await,
                Some(tls) => {
                    if let Some(stream) = agree(&tls, stream, peer).await {
                        answer(stream, router, peer, watcher).await;
                    }
                }
            }
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

/// One connection, until it is closed or becomes something else.
async fn answer(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    router: Router,
    peer: SocketAddr,
    watcher: Watcher,
) {
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer));
        router.clone().call(request)
    });
    let mut http = Builder::new(TokioExecutor::new()).http1_only();
    http.http1().timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(LONGEST_HEAD);
    let connection = http.serve_connection_with_upgrades(TokioIo::new(stream), service);
    if let Err(why) = watcher.watch(connection.into_owned()).await {
        tracing::debug!(%peer, "a connection broke: {why}");
    }
}

async fn agree(
    tls: &Tls,
    stream: TcpStream,
    peer: SocketAddr,
) -> Option<tokio_rustls::server::TlsStream<TcpStream>> {
    let agreed = timeout(HANDSHAKE, tls.accept(stream)).await;
    let agreed = agreed.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
    agreed.inspect_err(|why| tracing::debug!(%peer, "no TLS: {why}")).ok()
}

/// Sends everybody to the same path of another address: from HTTP to HTTPS.
pub fn redirecting(to: String) -> Router {
    let moved = move |uri: Uri| {
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let place = format!("{}{path}", to.trim_end_matches('/'));
        async move { (StatusCode::PERMANENT_REDIRECT, [(LOCATION, place)]).into_response() }
    };
    Router::new().fallback(moved)
}

/// Serves `path` of a router at `/`, and nothing else of it.
pub fn only(path: &'static str, router: Router) -> Router {
    let at_root = move |mut request: Request| -> futures::future::BoxFuture<'static, Response> {
        if request.uri().path() != "/" {
            return async { crate::edge::no_such_route().into_response() }.boxed();
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
