//! An HTTP client of the program under test, with the credentials of one user.

use reqwest::{Method, StatusCode};
use serde_json::Value;
use uuid::Uuid;

/// A client of the API, signed in or not. Cheap to clone.
#[derive(Clone)]
pub struct Caller {
    pub client: reqwest::Client,
    /// What every address begins with: `http://127.0.0.1:…`.
    pub base: String,
    pub token: Option<String>,
    pub refresh_token: Option<String>,
    /// The login; empty for a guest.
    pub email: String,
}

/// A response whose body has been read.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

/// A file as it is sent in a form.
#[derive(Debug, Clone, Copy)]
pub struct SentFile<'a> {
    pub name: &'a str,
    pub media_type: &'a str,
    pub bytes: &'a [u8],
}

impl Answer {
    /// Itself, if the status is this one.
    #[track_caller]
    #[expect(clippy::return_self_not_must_use, reason = "often only the check is needed")]
    pub fn expect(self, status: StatusCode) -> Self {
        assert_eq!(self.status, status, "{:#}", self.body);
        self
    }

    /// The id of what was created or changed.
    #[track_caller]
    pub fn id(&self) -> Uuid {
        let id = self.body["data"]["id"].as_str();
        id.unwrap_or_else(|| panic!("no id in {}", self.body)).parse().unwrap()
    }

    /// The position in the log that the command reached.
    #[track_caller]
    pub fn position(&self) -> i64 {
        self.body["meta"]["position"].as_i64().unwrap_or_else(|| panic!("{}", self.body))
    }
}

impl Caller {
    /// The same with another access token.
    #[must_use]
    pub fn with_token(&self, token: Option<&str>) -> Self {
        Self { token: token.map(str::to_owned), ..self.clone() }
    }

    /// The same credentials at another process.
    #[must_use]
    pub fn with_base(&self, base: &str) -> Self {
        Self { base: base.to_owned(), ..self.clone() }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await.unwrap()
    }

    /// As [`Caller::get`], but waits until the read model has reached a position.
    pub async fn get_at(&self, path: &str, position: i64) -> Answer {
        let header = ("X-Min-Position", position.to_string());
        self.send(Method::GET, path, &[header], None).await.unwrap()
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, &[], Some(body)).await.unwrap()
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, &[], Some(body)).await.unwrap()
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, &[], Some(body)).await.unwrap()
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, &[], None).await.unwrap()
    }

    /// Any request; paths that do not start with `/api` are below `/api/v1`, except the few that
    /// are outside of it. After an error it is unknown whether the request was carried out.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, String)],
        body: Option<Value>,
    ) -> reqwest::Result<Answer> {
        let answer = self.begin(method, path, headers, body).await?;
        read_answer(answer).await
    }

    /// Sends a form with a file behind its other fields.
    pub async fn upload(&self, path: &str, fields: &[(&str, &str)], file: SentFile<'_>) -> Answer {
        read_answer(self.begin_upload(path, fields, file).await.unwrap()).await.unwrap()
    }

    /// As [`Caller::upload`], but does not read the body.
    pub async fn begin_upload(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        SentFile { name, media_type, bytes }: SentFile<'_>,
    ) -> reqwest::Result<reqwest::Response> {
        let disposition = "--border\r\nContent-Disposition: form-data; name";
        let fields = fields
            .iter()
            .map(|(name, value)| format!("{disposition}=\"{name}\"\r\n\r\n{value}\r\n"));
        let fields = fields.collect::<Vec<_>>().concat();
        let file = format!(
            "{disposition}=\"file\"; filename=\"{name}\"\r\nContent-Type: {media_type}\r\n\r\n"
        );
        let form = [fields.as_bytes(), file.as_bytes(), bytes, b"\r\n--border--\r\n"].concat();
        let request = self.client.post(format!("{}/api/v1{path}", self.base)).body(form);
        let request = request.header("Content-Type", "multipart/form-data; boundary=border");
        match &self.token {
            Some(token) => request.bearer_auth(token).send().await,
            None => request.send().await,
        }
    }

    /// As [`Caller::send`], but does not read the body: streams have no end.
    pub async fn begin(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, String)],
        body: Option<Value>,
    ) -> reqwest::Result<reqwest::Response> {
        let outside =
            ["/api/", "/health", "/ready", "/metrics", "/ws", "/oauth2/", "/.well-known/"];
        let prefix =
            if outside.iter().any(|start| path.starts_with(start)) { "" } else { "/api/v1" };
        let mut request = self.client.request(method, format!("{}{prefix}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await
    }
}

async fn read_answer(answer: reqwest::Response) -> reqwest::Result<Answer> {
    let (status, headers) = (answer.status(), answer.headers().clone());
    let body = answer.bytes().await?;
    let body = serde_json::from_slice(&body)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&body).into_owned()));
    Ok(Answer { status, headers, body })
}
