//! The frame of the public pages: one look, and nothing from elsewhere.

use axum::{
    http::{
        HeaderName, StatusCode,
        header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY},
    },
    response::{IntoResponse, Response},
};
use domain::{
    HttpsUrl, WebOrigin,
    platform::business::{AccentColors, Profile},
};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use url::Url;

use super::{
    demonstration::is_demonstration,
    language::{is_framed, say},
    stylesheet,
    texts::{self, LANGUAGE_TAG},
};
use crate::html::style_hash;

/// Where the portal begins.
pub(crate) const PORTAL_PATH: &str = "/app/";
pub(super) const SIGN_IN_PATH: &str = "/app/sign-in";

/// A page of one narrow column: a title and what stands below it.
pub(crate) fn page(status: StatusCode, title: &str, body: &Markup) -> Response {
    let main = html! { main.narrow { h1 { (title) } (body) } };
    PageLayout { title, main, ..PageLayout::default() }.respond(status)
}

/// What stands in the frame of a page.
#[derive(Default)]
pub(super) struct PageLayout<'a> {
    pub(super) title: &'a str,
    /// Whose page it is, if that is known to everybody.
    pub(super) business: Option<&'a Profile>,
    /// What belongs in the head besides.
    pub(super) head: Markup,
    pub(super) main: Markup,
    /// The pictures on it that lie elsewhere.
    pub(super) pictures: Vec<&'a HttpsUrl>,
    /// Whether the business may let others show it in a frame.
    pub(super) embeddable: bool,
}

impl PageLayout<'_> {
    /// The whole answer.
    pub(super) fn respond(self, status: StatusCode) -> Response {
        let Self { title, business, head, main, pictures, embeddable } = self;
        let embedders =
            business.filter(|_| embeddable).map_or(&[][..], |business| &business.embedders);
        // The page around it has a head and a foot of its own.
        let is_whole = embedders.is_empty() || !is_framed();
        let accent = business.and_then(|business| business.accent).map(own_colour);
        let html = html! {
            (DOCTYPE)
            html lang=(say(LANGUAGE_TAG)) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (title) }
                    link rel="icon" href="/app/mark.svg";
                    link rel="stylesheet" href=(*stylesheet::STYLESHEET_LINK);
                    @if let Some(accent) = &accent { style { (PreEscaped(accent)) } }
                    (head)
                }
                body.public {
                    @if is_demonstration() { aside.demonstration { (say(texts::DEMONSTRATION)) } }
                    @if is_whole { (header(business)) }
                    (main)
                    @if is_whole { (footer(business)) }
                }
            }
        };
        let headers: [(HeaderName, &str); 3] = [
            (CONTENT_TYPE, "text/html; charset=utf-8"),
            (CONTENT_SECURITY_POLICY, &policy(accent.as_deref(), &pictures, embedders)),
            // With `no-referrer`, forms would not send their origin.
            (REFERRER_POLICY, "same-origin"),
        ];
        (status, headers, html.into_string()).into_response()
    }
}

fn header(business: Option<&Profile>) -> Markup {
    html! {
        header {
            @match business {
                Some(business) => a href="/" { (mark()) (business.name.as_str()) },
                None => (mark()),
            }
        }
    }
}

fn footer(business: Option<&Profile>) -> Markup {
    html! {
        footer {
            @if business.is_some() { a href="/book" { (say(texts::home::BOOK)) } }
            a href=(SIGN_IN_PATH) { (say(texts::SIGN_IN)) }
        }
    }
}

/// The colour of the business in place of ours.
fn own_colour(AccentColors { light, dark }: AccentColors) -> String {
    format!(
        ":root{{--accent:light-dark({light},{dark});\
         --selected:color-mix(in srgb,var(--accent) 9%,var(--card))}}"
    )
}

/// Where forms lead is not restricted: they are ours, and browsers would stop the way back to an
/// application as well.
fn policy(style: Option<&str>, pictures: &[&HttpsUrl], embedders: &[WebOrigin]) -> String {
    let style = style.map(|style| format!(" {}", style_hash(style))).unwrap_or_default();
    let pictures = pictures.iter().filter_map(|url| url.as_str().parse::<Url>().ok());
    // A host may have characters that mean something in a policy.
    let is_plain = |origin: &String| {
        origin.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.:/[]".contains(&byte))
    };
    let origins = pictures.map(|url| url.origin().ascii_serialization()).filter(is_plain);
    let origins = ["'self'".to_owned()].into_iter().chain(origins).collect::<Vec<_>>().join(" ");
    let ancestors = match embedders {
        [] => "'none'".to_owned(),
        some => some.iter().map(WebOrigin::as_str).collect::<Vec<_>>().join(" "),
    };
    format!(
        "default-src 'none'; style-src 'self'{style}; img-src {origins}; font-src 'self'; \
         base-uri 'none'; frame-ancestors {ancestors}"
    )
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
    fn a_page_loads_nothing_from_elsewhere_and_is_framed_by_nobody() {
        let response = page(StatusCode::OK, "Ja", &html! {});
        let header = |name: HeaderName| response.headers()[name].to_str().unwrap();
        assert!(header(CONTENT_SECURITY_POLICY).starts_with("default-src 'none'"));
        assert!(header(CONTENT_SECURITY_POLICY).contains("frame-ancestors 'none'"));
    }

    #[test]
    fn a_page_loads_pictures_only_from_where_the_business_says() {
        let picture: HttpsUrl = "https://pictures.example.org/a,b;c.jpg".parse().unwrap();
        let policy = policy(None, &[&picture], &[]);
        assert!(policy.contains("img-src 'self' https://pictures.example.org; font"), "{policy}");
    }
}
