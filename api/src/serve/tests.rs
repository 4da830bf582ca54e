//! Tests of the limits on connections, and of what HTTP is spoken.

use axum::routing::get;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpSocket,
    time::Instant,
};

use super::*;
use crate::ingress::{Ingress, TrustedProxies};

/// A server with a limits; its address, and what stops it.
async fn server(
    max_total: usize,
    patience: Duration,
) -> (SocketAddr, CancellationToken, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
    let large = get(|| async { vec![b'.'; LARGE] });
    let router = Router::new().route("/health", get(|| async { "alive" })).route("/large", large);
    let router = Ingress::new(8, TrustedProxies::default(), None).apply_layers(router);
    let limits = ConnectionLimits::with_timeouts(
        max_total,
        max_total / 8,
        TrustedProxies::default(),
        [patience; 3],
    );
    let serving = tokio::spawn(serve(listener, limits, None, router, stop.clone()));
    (address, stop, serving)
}

/// A connection from an address of this machine.
async fn connect(from: &str, to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(format!("{from}:0").parse().unwrap()).unwrap();
    socket.connect(to).await.unwrap()
}

/// All that is answered until the other side hangs up.
async fn answer_to(mut stream: TcpStream, request: &str) -> String {
    // A connection closed at once may refuse the request.
    let _ = stream.write_all(request.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// More bytes than lie between two ends of a connection.
const LARGE: usize = 64 << 20;
/// Longer than any test waits.
const LONG_TIMEOUT: Duration = Duration::from_mins(1);
const HEALTH_REQUEST: &str = "GET /health HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

#[tokio::test]
async fn s_09_a_network_that_holds_its_share_of_connections_is_hung_up_on_and_nobody_else() {
    let (address, stop, serving) = server(16, LONG_TIMEOUT).await;
    let silent = [connect("127.0.0.9", address).await, connect("127.0.0.9", address).await];
    assert_eq!(answer_to(connect("127.0.0.9", address).await, HEALTH_REQUEST).await, "");
    let other = answer_to(connect("127.0.0.1", address).await, HEALTH_REQUEST).await;
    assert!(other.starts_with("HTTP/1.1 200"), "{other}");
    drop(silent);
    let started = Instant::now();
    while answer_to(connect("127.0.0.9", address).await, HEALTH_REQUEST).await.is_empty() {
        assert!(started.elapsed() < LONG_TIMEOUT, "its place is not given back");
    }
    // Who is silent keeps nobody from going.
    let _silent = connect("127.0.0.9", address).await;
    stop.cancel();
    timeout(LONG_TIMEOUT / 2, serving).await.unwrap().unwrap();
}

#[tokio::test]
async fn s_09_only_http_1_is_spoken_and_with_one_host() {
    let (address, _stop, _serving) = server(1_000, LONG_TIMEOUT).await;
    let send = async |request: &str| answer_to(connect("127.0.0.1", address).await, request).await;
    let preface = send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    assert!(preface.is_empty() || preface.starts_with("HTTP/1.1 400"), "{preface:?}");
    for (hosts, status) in [("", 400), ("Host: h\r\n", 200), ("Host: h\r\nHost: h\r\n", 400)] {
        let head = format!("GET /health HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n");
        let answer = send(&head).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{hosts:?}: {answer}");
    }
    let old = send("GET /health HTTP/1.0\r\n\r\n").await;
    assert!(old.starts_with("HTTP/1.0 200"), "before 1.1 there was no such header: {old}");
}

#[tokio::test]
async fn s_09_who_says_nothing_or_goes_on_for_ever_is_hung_up_on() {
    let (address, _stop, _serving) = server(1_000, Duration::from_millis(300)).await;
    let full_request = "GET /health HTTP/1.1\r\nHost: h\r\n\r\n";
    // Nothing, half a head, and nothing any more after an answer.
    for request in ["", &full_request[..20], full_request] {
        let answer = answer_to(connect("127.0.0.1", address).await, request);
        let answer = timeout(LONG_TIMEOUT / 2, answer).await.expect("it is kept for ever");
        assert_eq!(answer.starts_with("HTTP/1.1 200"), request == full_request, "{answer}");
    }
}

#[tokio::test]
async fn s_09_who_takes_nothing_of_an_answer_is_hung_up_on() {
    let (address, _stop, _serving) = server(1_000, Duration::from_secs(1)).await;
    let mut stream = connect("127.0.0.1", address).await;
    stream.write_all(b"GET /large HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    sleep(Duration::from_secs(3)).await;
    let mut taken = vec![];
    let _ = stream.read_to_end(&mut taken).await;
    assert!(taken.starts_with(b"HTTP/1.1 200") && taken.len() < LARGE, "{} bytes", taken.len());
}
