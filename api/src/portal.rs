//! The portal under `/app/`: the built files of `web/`, which the program carries. A debug build reads
//! them from their folder; one without them says how to make them.

use std::borrow::Cow;

use axum::{
    Router,
    body::Bytes,
    extract::Path,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{
            ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY,
            CONTENT_TYPE, IF_NONE_MATCH, VARY,
        },
    },
    response::{IntoResponse, Response},
    routing::get,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::{entity_tag, ingress::no_such_route_problem};

#[derive(RustEmbed)]
#[folder = "../web/dist"]
#[allow_missing = true]
struct Files;

/// Scripts, styles and everything else are our own. The hash is the one rule (`touch-action`) that
/// React Aria puts into the page; nothing is ever made a script (Trusted Types). What is framed the portal has made
/// itself: documents, which hold to the same policy.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; \
     style-src 'self' 'sha256-38RhXrc7EdReTKsOm23ZPOCUgniTUUcjky8QOOrQx6o='; font-src 'self'; \
     img-src 'self' data: blob:; frame-src blob:; connect-src 'self'; manifest-src 'self'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'; trusted-types 'none'",
);
/// The names of assets tell their contents apart.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const INDEX: &str = "index.html";

/// `/app/` and all below is the portal.
pub fn portal_routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/app", get(|headers: HeaderMap| async move { page(&headers) }))
        .route("/app/{*path}", get(file))
}

async fn file(Path(path): Path<String>, headers: HeaderMap) -> Response {
    match find(&path, &headers) {
        Some(found) => found,
        // An address of the portal, which finds its own way; a file that is missing is no page.
        None if accepts(&headers, ACCEPT.as_str(), "text/html") => page(&headers),
        None => no_such_route_problem().into_response(),
    }
}

fn page(headers: &HeaderMap) -> Response {
    find(INDEX, headers).unwrap_or_else(|| {
        let help = "This program was built without the portal. Make it with web/build (it takes \
            Node 20.19), then build the program again. The API is described at /api/v1/docs.\n";
        (StatusCode::NOT_FOUND, help).into_response()
    })
}

/// A file as it was built, compressed as far as the client takes it.
fn find(path: &str, headers: &HeaderMap) -> Option<Response> {
    let plain = Files::get(path)?;
    let encoded = [("br", ".br"), ("gzip", ".gz")].into_iter().find_map(|(encoding, end)| {
        let taken = accepts(headers, ACCEPT_ENCODING.as_str(), encoding);
        taken.then(|| Files::get(&format!("{path}{end}"))).flatten().map(|file| (encoding, file))
    });
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&plain.metadata.sha256_hash()[..12]));
    let (encoding, EmbeddedFile { data, .. }) =
        encoded.map_or((None, plain), |(encoding, file)| (Some(encoding), file));
    // What the program carries is sent from where it is.
    let data = match data {
        Cow::Borrowed(data) => Bytes::from_static(data),
        Cow::Owned(data) => data.into(),
    };
    let answer = ([(CONTENT_TYPE, kind(path))], data);
    let mut response = entity_tag::tagged(&tag, headers.get(IF_NONE_MATCH), answer);
    let is_sent = response.status() != StatusCode::NOT_MODIFIED;
    let caching = if path.starts_with("assets/") { FOR_EVER } else { "no-cache" };
    let answered = response.headers_mut();
    answered.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    answered.insert(VARY, HeaderValue::from_static("accept-encoding"));
    answered.insert(CONTENT_SECURITY_POLICY, POLICY);
    answered.extend(
        encoding.filter(|_| is_sent).map(|name| (CONTENT_ENCODING, HeaderValue::from_static(name))),
    );
    Some(response)
}

/// Whether a header that lists what is taken names something.
fn accepts(headers: &HeaderMap, name: &str, word: &str) -> bool {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    let mut parts = values.flat_map(|value| value.split(','));
    parts.any(|part| {
        let (taken, weight) = part.split_once(';').unwrap_or((part, ""));
        taken.trim() == word && weight.trim() != "q=0"
    })
}

fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        Some("json" | "webmanifest") => "application/json",
        _ => "application/octet-stream",
    }
}
