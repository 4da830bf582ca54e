//! The addresses that an application may have people sent back to.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use url::{Host, Url};
use utoipa::ToSchema;

use crate::macros::text_newtype;

/// An address that people may be sent back to (RFC 9700, 2.1 and 4.1): `https`, `http` on this
/// very machine, or a scheme of the application's own (`com.example.app:/back`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, format = "uri", example = "https://app.example.org/back")]
pub struct RedirectUri(String);

text_newtype!(RedirectUri);

const MAX_LENGTH: usize = 500;

impl RedirectUri {
    /// Whether it is a web address, not one that only an application on a device understands.
    pub fn is_web(&self) -> bool {
        self.0.starts_with("https:") || self.0.starts_with("http:")
    }

    /// Whether an address is this one, letter by letter. With `any_port`, a loopback address may
    /// differ in its port: a program on a device takes the one that is free (RFC 8252, 7.3).
    pub fn matches(&self, uri: &str, any_port: bool) -> bool {
        let same_but_port =
            || without_port(&self.0).is_some_and(|this| without_port(uri) == Some(this));
        self.0 == uri || any_port && same_but_port()
    }
}

/// A numeric loopback address without its port.
fn without_port(uri: &str) -> Option<(&str, &str)> {
    ["http://127.0.0.1", "http://[::1]"].into_iter().find_map(|start| {
        let rest = uri.strip_prefix(start)?;
        let path = match rest.strip_prefix(':') {
            Some(port) => port.trim_start_matches(|c: char| c.is_ascii_digit()),
            None => rest,
        };
        let ends_host = path.is_empty() || path.starts_with(['/', '?']);
        (ends_host && !rest.starts_with(":/")).then_some((start, path))
    })
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

impl FromStr for RedirectUri {
    type Err = String;

    fn from_str(uri: &str) -> Result<Self, String> {
        let url: Url = uri.parse().map_err(|why| format!("is no absolute URI: {why}"))?;
        let is_forbidden = |c: char| !c.is_ascii_graphic() || matches!(c, '\\' | '*');
        let has_own_scheme = url.scheme().contains('.');
        if uri.len() > MAX_LENGTH {
            Err(format!("has more than {MAX_LENGTH} characters"))
        } else if uri.contains(is_forbidden) {
            Err("contains a character that no such address has, or a wildcard".into())
        } else if url.fragment().is_some() {
            Err("has a fragment".into())
        } else if !url.username().is_empty() || url.password().is_some() {
            Err("has a user name".into())
        } else if url.scheme() == "https"
            || url.scheme() == "http" && is_loopback(&url)
            || has_own_scheme
        {
            Ok(Self(uri.to_owned()))
        } else {
            Err("must begin with https, or with a scheme of the application's own such as \
                 com.example.app; http is for this very machine only"
                .into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_sent_nowhere_in_the_clear_and_nowhere_that_is_not_one_place() {
        for good in [
            "https://app.example.org/back",
            "https://app.example.org/back?from=book",
            "http://127.0.0.1:8123/back",
            "http://[::1]/back",
            "http://localhost:3000/back",
            "com.example.app:/back",
        ] {
            assert!(good.parse::<RedirectUri>().is_ok(), "{good}");
        }
        for bad in [
            "/back",
            "app.example.org/back",
            "http://app.example.org/back",
            "https://*.example.org/back",
            "https://app.example.org/back#part",
            "https://user@app.example.org/back",
            "https://app.example.org/back\\..",
            "javascript:alert(1)",
            "data:text/html,x",
            "",
        ] {
            assert!(bad.parse::<RedirectUri>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_address_is_compared_letter_by_letter() {
        let uri: RedirectUri = "https://app.example.org/back".parse().unwrap();
        assert!(uri.matches("https://app.example.org/back", true));
        for other in [
            "https://app.example.org/back/",
            "https://app.example.org/back?x",
            "https://APP.example.org/back",
            "https://app.example.org:443/back",
            "https://app.example.org/x/../back",
        ] {
            assert!(!uri.matches(other, true), "{other}");
        }
    }

    #[test]
    fn a_program_on_a_device_takes_the_port_that_is_free() {
        let uri: RedirectUri = "http://127.0.0.1/back".parse().unwrap();
        assert!(uri.matches("http://127.0.0.1:51234/back", true));
        assert!(!uri.matches("http://127.0.0.1:51234/back", false));
        for other in [
            "http://127.0.0.1:51234/else",
            "http://127.0.0.1:51234",
            "http://127.0.0.1:x/back",
            "http://127.0.0.1:/back",
            "http://127.0.0.1@evil.example/back",
            "http://127.0.0.1.evil.example/back",
            "http://127.0.0.2/back",
        ] {
            assert!(!uri.matches(other, true), "{other}");
        }
    }
}
