//! The parameters of OAuth requests, from a query or a form.

use std::collections::{BTreeMap, btree_map::Entry};

use axum::extract::{FromRequest, RawForm, Request};
use url::form_urlencoded;

use super::error::OAuthError;

/// The parameters of a request. Repeated parameters are an error, and parameters without a value are treated
/// as absent (RFC 6749, 3.1).
#[derive(Debug, Default)]
pub(super) struct OAuthParams(BTreeMap<String, String>);

impl OAuthParams {
    pub(super) fn parse(raw: &[u8]) -> Result<Self, OAuthError> {
        let mut fields = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(raw) {
            match fields.entry(name.into_owned()) {
                Entry::Vacant(entry) => drop(entry.insert(value.into_owned())),
                Entry::Occupied(entry) => {
                    return Err(OAuthError::invalid_request(format!(
                        "{} comes twice",
                        entry.key()
                    )));
                }
            }
        }
        fields.retain(|_, value| !value.is_empty());
        Ok(Self(fields))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    /// Takes a parameter that must be present.
    pub(super) fn require(&mut self, name: &str) -> Result<String, OAuthError> {
        let missing = || OAuthError::invalid_request(format!("{name} is missing"));
        self.take(name).ok_or_else(missing)
    }
}

impl<S: Send + Sync> FromRequest<S> for OAuthParams {
    type Rejection = OAuthError;

    async fn from_request(request: Request, state: &S) -> Result<Self, OAuthError> {
        let form = RawForm::from_request(request, state).await;
        let RawForm(raw) = form
            .map_err(|_| OAuthError::invalid_request("send application/x-www-form-urlencoded"))?;
        Self::parse(&raw)
    }
}

/// Appends parameters to the query of an address.
pub(super) fn append_query(address: &str, fields: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(fields);
    let query = query.finish();
    match (query.is_empty(), address.contains('?')) {
        (true, _) => address.to_owned(),
        (false, true) => format!("{address}&{query}"),
        (false, false) => format!("{address}?{query}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_comes_once_and_says_something() {
        let fields = OAuthParams::parse(b"a=1&b=&c=x%20y").unwrap();
        assert_eq!(fields.get("a"), Some("1"));
        assert_eq!(fields.get("b"), None);
        assert_eq!(fields.get("c"), Some("x y"));
        assert!(OAuthParams::parse(b"a=1&a=2").is_err());
    }

    #[test]
    fn parameters_join_those_of_the_address() {
        assert_eq!(append_query("https://a.org/b", &[("c", "x y")]), "https://a.org/b?c=x+y");
        assert_eq!(append_query("https://a.org/b?d", &[("c", "&")]), "https://a.org/b?d&c=%26");
        assert_eq!(append_query("https://a.org/b", &[]), "https://a.org/b");
    }
}
