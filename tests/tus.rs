//! A client of uploads that go on after a break.

use axum::body::Bytes;
use base64::{Engine, engine::general_purpose::STANDARD};
use futures::Stream;
use reqwest::{Body, Method, RequestBuilder, Response, StatusCode};
use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::caller::{Answer, Caller};

/// An upload that was begun.
#[derive(Clone)]
pub struct Upload {
    pub caller: Caller,
    /// Below `/api/v1`.
    pub path: String,
}

/// Asks for an upload of a file.
pub async fn begin(caller: &Caller, name: &str, media_type: &str, length: usize) -> Answer {
    let metadata = [("filename", name), ("filetype", media_type)];
    let metadata = metadata.map(|(name, value)| format!("{name} {}", STANDARD.encode(value)));
    let headers = [
        ("Tus-Resumable", "1.0.0".to_owned()),
        ("Upload-Length", length.to_string()),
        ("Upload-Metadata", metadata.join(",")),
    ];
    caller.send(Method::POST, "/uploads", &headers, None).await.unwrap()
}

impl Upload {
    /// Begins an upload of a text.
    pub async fn of_text(caller: &Caller, length: usize) -> Self {
        let begun = begin(caller, "a.log", "text/plain", length).await.expect(StatusCode::CREATED);
        assert_eq!(begun.headers["upload-offset"], "0");
        let path = begun.headers["location"].to_str().unwrap();
        let path = path.strip_prefix("/api/v1").unwrap().to_owned();
        Self { caller: caller.clone(), path }
    }

    /// The same at another process.
    #[must_use]
    pub fn at(&self, base: &str) -> Self {
        Self { caller: self.caller.with_base(base), path: self.path.clone() }
    }

    /// The offset to which it has come; nothing, if there is no such upload.
    pub async fn offset(&self) -> Option<usize> {
        let answer = self.caller.begin(Method::HEAD, &self.path, &[], None).await.unwrap();
        let offset = answer.headers().get("upload-offset")?;
        Some(offset.to_str().unwrap().parse().unwrap())
    }

    /// Waits until it has come to an offset.
    pub async fn wait_for_offset(&self, expected: usize) {
        for _ in 0..200 {
            if self.offset().await == Some(expected) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("it has come to {:?}, not to {expected}", self.offset().await);
    }

    pub async fn send(&self, offset: usize, bytes: &[u8]) -> Response {
        self.request(offset).body(bytes.to_vec()).send().await.unwrap()
    }

    /// Sends what a stream gives; an error of it breaks the connection off.
    pub async fn send_stream(
        &self,
        offset: usize,
        bytes: impl Stream<Item = std::io::Result<Bytes>> + Send + 'static,
    ) -> reqwest::Result<Response> {
        self.request(offset).body(Body::wrap_stream(bytes)).send().await
    }

    /// Sends bytes as if more were to follow, and breaks off after them.
    pub async fn send_and_break_off(&self, offset: usize, bytes: &[u8]) {
        let address = self.caller.base.trim_start_matches("http://");
        let head = format!(
            "PATCH /api/v1{} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\n\
             Tus-Resumable: 1.0.0\r\nUpload-Offset: {offset}\r\n\
             Content-Type: application/offset+octet-stream\r\nContent-Length: {}\r\n\r\n",
            self.path,
            self.caller.token.as_ref().unwrap(),
            bytes.len() + 1
        );
        let mut connection = TcpStream::connect(address).await.unwrap();
        connection.write_all(head.as_bytes()).await.unwrap();
        connection.write_all(bytes).await.unwrap();
        connection.shutdown().await.unwrap();
    }

    /// A request that adds bytes at an offset, without a body yet.
    pub fn request(&self, offset: usize) -> RequestBuilder {
        let url = format!("{}/api/v1{}", self.caller.base, self.path);
        let request =
            self.caller.client.patch(url).bearer_auth(self.caller.token.as_ref().unwrap());
        request
            .header("Tus-Resumable", "1.0.0")
            .header("Upload-Offset", offset)
            .header("Content-Type", "application/offset+octet-stream")
    }
}

/// The path below `/api/v1` of the file that an answer leads to.
pub fn file_of(answer: &Response) -> String {
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    let location = answer.headers()["location"].to_str().unwrap();
    location.strip_prefix("/api/v1").unwrap().to_owned()
}

/// The bytes of a file.
pub async fn content(caller: &Caller, file: &str) -> Bytes {
    let content = caller.begin(Method::GET, &format!("{file}/content"), &[], None).await.unwrap();
    assert_eq!(content.status(), StatusCode::OK);
    content.bytes().await.unwrap()
}

/// A text of so many bytes, in which no two lines are the same.
pub fn long_text(size: usize) -> Vec<u8> {
    let lines = (0..).flat_map(|line: usize| format!("line {line}\n").into_bytes());
    lines.take(size).collect()
}
