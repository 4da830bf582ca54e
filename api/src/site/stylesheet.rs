//! The style sheet of the pages: the tokens and controls of the portal, and what pages need besides.

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

const STYLESHEET: &str = concat!(
    include_str!("../../../web/src/kit/tokens.css"),
    include_str!("../../../web/src/kit/public.css")
);
pub(super) const STYLESHEET_PATH: &str = "/site.css";

/// Its address with a hash of it, so that browsers may keep it for ever.
pub(super) static STYLESHEET_LINK: LazyLock<String> = LazyLock::new(|| {
    let hash = digest(&SHA256, STYLESHEET.as_bytes());
    format!("{STYLESHEET_PATH}?{}", URL_SAFE_NO_PAD.encode(&hash.as_ref()[..9]))
});

pub(super) async fn serve_stylesheet() -> impl IntoResponse {
    let for_ever = (CACHE_CONTROL, "public, max-age=31536000, immutable");
    ([(CONTENT_TYPE, "text/css; charset=utf-8"), for_ever], STYLESHEET)
}
