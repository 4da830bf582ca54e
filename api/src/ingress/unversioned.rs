//! Paths from before there were versions.

use axum::{
    http::{
        HeaderName, HeaderValue, StatusCode, Uri,
        header::{LINK, LOCATION},
    },
    response::{IntoResponse, Response},
};

use super::paths::API_V1;

pub(crate) const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
/// Since when they should not be used: the beginning of 2026.
const SINCE: HeaderValue = HeaderValue::from_static("@1767225600");

/// Redirects `/api/customers?q=anna` to `/api/v1/customers?q=anna`, with method and body, if `/api/v1`
/// has such a route.
pub fn redirect_unversioned(uri: &Uri, is_route: impl Fn(&str) -> bool) -> Option<Response> {
    let rest = uri.path().strip_prefix("/api")?;
    let first = rest.strip_prefix('/')?.split('/').next()?;
    if !is_route(&format!("{API_V1}/{first}")) {
        return None;
    }
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let location = HeaderValue::from_str(&format!("{API_V1}{rest}{query}")).ok()?;
    let link = format!("<{API_V1}{rest}>; rel=\"successor-version\"");
    let link = HeaderValue::from_str(&link).ok()?;
    let headers = [(LOCATION, location), (LINK, link), (DEPRECATION, SINCE)];
    Some((StatusCode::PERMANENT_REDIRECT, headers).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(uri: &str) -> Option<String> {
        let response =
            redirect_unversioned(&uri.parse().unwrap(), |path| path == "/api/v1/customers")?;
        assert_eq!(response.status(), StatusCode::PERMANENT_REDIRECT);
        Some(response.headers()[LOCATION].to_str().unwrap().to_owned())
    }

    #[test]
    fn a_path_without_a_version_is_one_of_the_first() {
        assert_eq!(location("/api/customers?q=a%20b"), Some("/api/v1/customers?q=a%20b".into()));
        assert_eq!(location("/api/customers/7/notes"), Some("/api/v1/customers/7/notes".into()));
    }

    #[test]
    fn what_is_not_known_is_not_redirected() {
        for path in ["/api/candles", "/api/v1/customers", "/api/v2/customers", "/api", "/customers"]
        {
            assert_eq!(location(path), None, "{path}");
        }
    }
}
