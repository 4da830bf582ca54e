//! Cheap HTTP/1.1 clients for load: each keeps one connection, sends prepared requests, and parses only
//! status and length of the answers.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// One connection.
pub(crate) struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// The result of a load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rate {
    pub(crate) per_second: f64,
    /// The time that half of the requests took at most, in milliseconds.
    pub(crate) p50: f64,
    /// The time that 99 of 100 requests took at most, in milliseconds.
    pub(crate) p99: f64,
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, buffer: Vec::with_capacity(16 * 1024) }
    }

    /// Sends a request and returns the body of the answer, which must be 200 or 201.
    pub(crate) async fn send(&mut self, request: &[u8]) -> Vec<u8> {
        self.stream.write_all(request).await.unwrap();
        self.buffer.clear();
        loop {
            assert!(self.stream.read_buf(&mut self.buffer).await.unwrap() > 0, "it hung up");
            let Some(head) = position_of(&self.buffer, b"\r\n\r\n") else { continue };
            let text = String::from_utf8_lossy(&self.buffer[..head]).to_lowercase();
            let length: usize = text
                .lines()
                .find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok())
                .unwrap();
            if self.buffer.len() < head + 4 + length {
                continue;
            }
            let body = self.buffer[head + 4..].to_vec();
            let good = text.starts_with("http/1.1 200") || text.starts_with("http/1.1 201");
            assert!(good, "{text}\n{}", String::from_utf8_lossy(&body));
            return body;
        }
    }
}

fn position_of(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

/// A request as it goes over the wire.
pub(crate) fn request(method: &str, path: &str, token: Option<&str>, body: &str) -> Vec<u8> {
    let bearer = token.map(|token| format!("authorization: Bearer {token}\r\n"));
    format!(
        "{method} {path} HTTP/1.1\r\nhost: bench\r\n{}content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        bearer.unwrap_or_default(),
        body.len()
    )
    .into_bytes()
}

/// Runs clients for a duration, each sending the next request when it has its answer; `request` gets a
/// number that is unique.
pub(crate) async fn load(
    address: SocketAddr,
    clients: u64,
    duration: Duration,
    request: impl Fn(u64) -> Vec<u8> + Clone + Send + 'static,
) -> Rate {
    let started = Instant::now();
    let clients = (0..clients).map(|number| {
        let request = request.clone();
        tokio::spawn(async move {
            let mut client = Client::connect(address).await;
            let mut times = Vec::new();
            while started.elapsed() < duration {
                let sent = Instant::now();
                client.send(&request(number << 32 | times.len() as u64)).await;
                times.push(sent.elapsed().as_secs_f64() * 1000.0);
            }
            times
        })
    });
    let mut times = Vec::new();
    for client in clients.collect::<Vec<_>>() {
        times.extend(client.await.unwrap());
    }
    rate(times, started.elapsed())
}

/// Rate and percentiles of response times in milliseconds.
pub(crate) fn rate(mut times: Vec<f64>, elapsed: Duration) -> Rate {
    times.sort_by(f64::total_cmp);
    Rate {
        per_second: times.len() as f64 / elapsed.as_secs_f64(),
        p50: times[times.len() / 2],
        p99: times[times.len() * 99 / 100],
    }
}
