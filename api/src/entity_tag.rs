//! Entity tags (RFC 9110, 8.8.3): what a client has already is not sent again.

use axum::{
    body::Body,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH},
    },
    response::{IntoResponse, Response},
};

/// Whether the `If-None-Match` of a request names a tag. They are compared weakly (RFC 9110, 13.1.2).
pub(crate) fn client_has_tag(headers: &HeaderMap, tag: &str) -> bool {
    headers.get(IF_NONE_MATCH).is_some_and(|known| if_none_match_lists(known, tag))
}

/// Whether an `If-None-Match` names a tag.
pub(crate) fn if_none_match_lists(known: &HeaderValue, tag: &str) -> bool {
    let mut known = known.to_str().unwrap_or_default().split(',').map(str::trim);
    known.any(|known| known == "*" || known.trim_start_matches("W/") == tag)
}

/// An answer with its tag: 304 without a body for who has it already.
pub(crate) fn tagged(
    tag: &str,
    known: Option<&HeaderValue>,
    answer: impl IntoResponse,
) -> Response {
    let mut response = answer.into_response();
    if known.is_some_and(|known| if_none_match_lists(known, tag)) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
        for header in [CONTENT_TYPE, CONTENT_LENGTH, CONTENT_DISPOSITION] {
            response.headers_mut().remove(header);
        }
    }
    response.headers_mut().extend(tag.parse().ok().map(|tag| (ETAG, tag)));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_known_alone_among_others_and_weakly() {
        let known = |known| if_none_match_lists(&HeaderValue::from_static(known), "\"a\"");
        assert!(known("\"a\"") && known("\"b\", W/\"a\"") && known("*"));
        assert!(!known("\"b\"") && !known("") && !known("a"));
    }
}
