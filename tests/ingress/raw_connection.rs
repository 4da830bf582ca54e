//! HTTP and WebSockets on a plain TCP connection, for requests that no well-behaved client sends.

use std::{net::Ipv4Addr, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A TCP connection on which any bytes can be sent.
pub(crate) struct RawConnection(BufReader<TcpStream>);

impl RawConnection {
    pub(crate) async fn connect(address: &str) -> Self {
        Self::connect_from(Ipv4Addr::LOCALHOST, address).await
    }

    /// As [`RawConnection::connect`], from a loopback address `127.…`.
    pub(crate) async fn connect_from(from: Ipv4Addr, address: &str) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((from, 0).into()).unwrap();
        let stream = socket.connect(address.parse().unwrap()).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self(BufReader::with_capacity(1024, stream))
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        // The server may close the connection before it has read everything.
        let _ = self.0.write_all(bytes.as_ref()).await;
    }

    /// The head of the next answer; empty if there is none.
    pub(crate) async fn head(&mut self) -> String {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            let line = timeout(TIMEOUT, self.0.read_line(&mut head)).await.unwrap();
            if line.unwrap_or_default() == 0 {
                break;
            }
        }
        head
    }

    /// The status of the next answer.
    pub(crate) async fn status(&mut self) -> u16 {
        let head = self.head().await;
        head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default()
    }

    /// Opens a WebSocket; returns the head of the server's answer.
    pub(crate) async fn open(&mut self, path: &str, headers: &str) -> String {
        self.send(format!(
            "GET {path} HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             {headers}\r\n"
        ))
        .await;
        self.head().await
    }

    /// The next text on a WebSocket; nothing when it is closed.
    pub(crate) async fn text(&mut self) -> Option<String> {
        timeout(TIMEOUT, self.next_text()).await.unwrap()
    }

    async fn next_text(&mut self) -> Option<String> {
        loop {
            let mut head = [0; 2];
            self.0.read_exact(&mut head).await.ok()?;
            let mut length = u64::from(head[1]);
            if length == 126 {
                length = self.0.read_u16().await.ok()?.into();
            }
            let mut body = vec![0; usize::try_from(length).unwrap()];
            self.0.read_exact(&mut body).await.ok()?;
            match head[0] & 0x0F {
                1 => return Some(String::from_utf8(body).unwrap()),
                8 => return None,
                _ => {}
            }
        }
    }
}
