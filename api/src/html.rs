//! The frame of the pages that describe the API, which load nothing but an inline style.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::STANDARD};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// A complete page.
pub(crate) fn html_document(title: &str, style: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { (title) }
                style { (PreEscaped(style)) }
            }
            body { (body) }
        }
    }
}

/// The `Content-Security-Policy` of a page with that style.
pub(crate) fn content_security_policy(style: &str) -> String {
    let style = style_hash(style);
    format!("default-src 'none'; style-src {style}; base-uri 'none'; frame-ancestors 'none'")
}

/// The source of a policy that allows an inline style.
pub(crate) fn style_hash(style: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(digest(&SHA256, style.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_and_applications_say_stays_text() {
        let text = "<a b='c' d=\"&\">";
        let page = html! { p title=(text) { (text) } }.into_string();
        let escaped = "&lt;a b='c' d=&quot;&amp;&quot;&gt;";
        assert_eq!(page, format!("<p title=\"{escaped}\">{escaped}</p>"));
    }
}
