//! What names something on the web.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;

use crate::macros::text_newtype;

/// The address of something that a page can show: `https`, 500 characters at most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, format = "uri", example = "https://example.org/picture.jpg")]
pub struct HttpsUrl(String);

text_newtype!(HttpsUrl);

impl FromStr for HttpsUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let url: Url = text.trim().parse().map_err(|why| format!("is no absolute URL: {why}"))?;
        let has_login = !url.username().is_empty() || url.password().is_some();
        let normalized = String::from(url.clone());
        if url.scheme() == "https" && url.has_host() && !has_login && normalized.len() <= 500 {
            Ok(Self(normalized))
        } else {
            Err("must begin with https, name nobody, and have 500 characters at most".into())
        }
    }
}

/// Where pages come from, `https://example.org`: what browsers call an origin (RFC 6454).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, format = "uri", max_length = 253, example = "https://example.org")]
pub struct WebOrigin(String);

text_newtype!(WebOrigin);

impl FromStr for WebOrigin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let url: Url = text.trim().parse().map_err(|why| format!("is no absolute URL: {why}"))?;
        let origin = url.origin().ascii_serialization();
        // A host may have characters that mean something in a policy.
        let is_plain = origin.bytes().all(|c| c.is_ascii_alphanumeric() || b"-.:/[]".contains(&c));
        let says_more = String::from(url.clone()).trim_end_matches('/') != origin;
        if url.scheme() == "https" && is_plain && !says_more && origin.len() <= 253 {
            Ok(Self(origin))
        } else {
            Err("must be https:// and a host, perhaps with a port, and nothing more".into())
        }
    }
}

/// What an address calls something: 2 to 60 small letters, digits and dashes between them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", min_length = 2,
    max_length = 60, example = "salon-vera")]
pub struct Slug(String);

text_newtype!(Slug);

impl FromStr for Slug {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_word = |word: &str| {
            !word.is_empty() && word.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        };
        if (2..=60).contains(&text.len()) && text.split('-').all(is_word) {
            Ok(Self(text.to_owned()))
        } else {
            Err("is no short name: 2 to 60 small letters and digits, with single dashes between"
                .into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_page_shows_comes_by_https() {
        let url = |text: &str| text.parse::<HttpsUrl>();
        assert_eq!(url(" https://Example.org/a b ").unwrap().as_str(), "https://example.org/a%20b");
        for bad in ["", "example.org", "http://example.org/", "data:text/html,x", "javascript:x"] {
            assert!(url(bad).is_err(), "{bad}");
        }
        assert!(url("https://anna@example.org/").is_err());
        assert!(url(&format!("https://example.org/{}", "a".repeat(500))).is_err());
    }

    #[test]
    fn an_origin_is_a_host_by_https_and_nothing_more() {
        let origin = |text: &str| text.parse::<WebOrigin>();
        for (text, normal) in [
            ("https://Example.org/", "https://example.org"),
            ("https://salon.example:8443", "https://salon.example:8443"),
            ("https://salön.example", "https://xn--saln-7qa.example"),
        ] {
            assert_eq!(origin(text).unwrap().as_str(), normal);
        }
        for bad in [
            "example.org",
            "http://example.org",
            "https://example.org/book",
            "https://example.org?a",
            "https://anna@example.org",
            "https://*.example.org",
            "https://a;b.example",
            "data:text/html,x",
        ] {
            assert!(origin(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_slug_can_stand_in_any_address() {
        for good in ["salon-vera", "a1", "24-7"] {
            assert_eq!(good.parse::<Slug>().unwrap().as_str(), good);
        }
        for bad in ["", "a", "Salon", "salon vera", "-salon", "salon-", "a--b", "salön"] {
            assert!(bad.parse::<Slug>().is_err(), "{bad}");
        }
    }
}
