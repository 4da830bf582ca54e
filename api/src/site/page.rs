//! The frame of the public pages: one look, and nothing from elsewhere.

use axum::{
    http::{
        HeaderName, StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_FRAME_OPTIONS,
        },
    },
    response::{IntoResponse, Response},
};
use maud::{DOCTYPE, Markup, html};

use super::{
    language::say,
    look,
    words::{self, NAME_OF_LANGUAGE},
};

pub(super) const SIGN_IN: &str = "/app/sign-in";

/// Where forms lead is not restricted: they are ours, and browsers would stop the way back to an
/// application as well.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

/// A page of one narrow column: a title and what stands below it.
pub(crate) fn page(status: StatusCode, title: &str, body: &Markup) -> Response {
    let main = html! { main.narrow { h1 { (title) } (body) } };
    document(status, title, &main)
}

/// The whole answer, around its `main`.
pub(super) fn document(status: StatusCode, title: &str, main: &Markup) -> Response {
    let html = html! {
        (DOCTYPE)
        html lang=(say(NAME_OF_LANGUAGE)) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                link rel="icon" type="image/svg+xml" href="/app/mark.svg";
                link rel="stylesheet" href=(*look::LINK);
            }
            body.public {
                header { (mark()) }
                (main)
                footer {
                    a href=(SIGN_IN) { (say(words::SIGN_IN)) }
                }
            }
        }
    };
    let headers: [(HeaderName, &str); 5] = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_FRAME_OPTIONS, "DENY"),
        // With `no-referrer`, forms would not send their origin.
        (REFERRER_POLICY, "same-origin"),
    ];
    (status, headers, html.into_string()).into_response()
}

fn mark() -> Markup {
    html! {
        svg viewBox="0 0 32 32" width="32" height="32" aria-hidden="true" {
            rect x="4" y="2" width="24" height="28" rx="5" fill="#0e5c56" {}
            path d="M10 2v28" stroke="#4fc3b3" stroke-width="1.5" {}
            path d="m14 16 3.5 3.5L24 12" fill="none" stroke="#fff" stroke-width="2.5"
                stroke-linecap="round" stroke-linejoin="round" {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_loads_nothing_from_elsewhere_is_framed_by_nobody_and_kept_nowhere() {
        let response = page(StatusCode::OK, "Ja", &html! {});
        let header = |name: HeaderName| response.headers()[name].to_str().unwrap();
        assert!(header(CONTENT_SECURITY_POLICY).starts_with("default-src 'none'"));
        assert!(header(CONTENT_SECURITY_POLICY).contains("frame-ancestors 'none'"));
        assert_eq!(header(CACHE_CONTROL), "no-store");
    }
}
