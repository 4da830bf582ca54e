//! The applications that ask us for tokens.

use std::collections::BTreeSet;

use axum::http::{HeaderMap, header::AUTHORIZATION};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::identity::oauth_client::{Kind, OAuthClientId, Permission, Registered};
use url::form_urlencoded;

use super::{error::OAuthError, fields::Fields};
use crate::{App, problem::Problem, secret};

/// An application that may ask for tokens.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) id: OAuthClientId,
    pub(super) known: Registered,
}

impl Client {
    /// The one of this id, as the log knows it at this moment; a disabled one is none.
    pub(super) async fn find(app: &App, id: &str) -> Result<Option<Self>, Problem> {
        let Ok(id) = id.parse::<OAuthClientId>() else { return Ok(None) };
        let client = app.commands.lookup().load(id).await?;
        let known = client.registered().filter(|known| known.enabled);
        Ok(known.map(|known| Self { id, known: known.clone() }))
    }

    /// The one that sent a request, by the secret that only it knows; a public one just says who
    /// it is.
    pub(super) async fn of(
        app: &App,
        headers: &HeaderMap,
        fields: &mut Fields,
    ) -> Result<Self, OAuthError> {
        let (id, secret) = match (basic(headers)?, fields.take("client_secret")) {
            (Some(_), Some(_)) => {
                return Err(OAuthError::invalid_request("it authenticates in two ways at once"));
            }
            (Some((id, secret)), None) => {
                if fields.get("client_id").is_some_and(|other| other != id) {
                    return Err(OAuthError::invalid_request("it names two applications"));
                }
                (id, Some(secret))
            }
            (None, secret) => (fields.need("client_id")?, secret),
        };
        let client = Self::find(app, &id).await?.ok_or_else(OAuthError::invalid_client)?;
        let genuine = match (&client.known.secret, secret) {
            (None, None) => client.known.kind.is_public(),
            (Some(known), Some(secret)) => secret::matches_hash(&secret, known),
            (Some(_), None) | (None, Some(_)) => false,
        };
        if genuine { Ok(client) } else { Err(OAuthError::invalid_client()) }
    }

    /// Whether it acts for people.
    pub(super) fn acts_for_people(&self) -> bool {
        !matches!(self.known.kind, Kind::Service { .. })
    }

    /// The permissions of some words, all of which it may ask for.
    pub(super) fn permissions(&self, words: &str) -> Result<BTreeSet<Permission>, OAuthError> {
        let wanted: Option<BTreeSet<_>> = words.split_whitespace().map(Permission::parse).collect();
        match wanted {
            Some(wanted) if wanted.is_empty() => {
                Err(OAuthError::invalid_scope("it asks for nothing"))
            }
            Some(wanted) if wanted.is_subset(&self.known.details.permissions) => Ok(wanted),
            _ => Err(OAuthError::invalid_scope("the application may not ask for all of this")),
        }
    }
}

/// Permissions as words between blanks.
pub(super) fn words(permissions: &BTreeSet<Permission>) -> String {
    let words: Vec<_> = permissions.iter().map(ToString::to_string).collect();
    words.join(" ")
}

/// The id and the secret of an `Authorization: Basic` header, both of which were form-encoded
/// first (RFC 6749, 2.3.1).
fn basic(headers: &HeaderMap) -> Result<Option<(String, String)>, OAuthError> {
    let Some(header) = headers.get(AUTHORIZATION) else { return Ok(None) };
    let read = || {
        let (scheme, text) = header.to_str().ok()?.split_once(' ')?;
        let text = scheme.eq_ignore_ascii_case("basic").then(|| STANDARD.decode(text.trim()))?;
        let text = String::from_utf8(text.ok()?).ok()?;
        let (id, secret) = text.split_once(':')?;
        Some((decoded(id)?, decoded(secret)?))
    };
    read().map(Some).ok_or_else(OAuthError::invalid_client)
}

fn decoded(text: &str) -> Option<String> {
    let field = format!("_={text}");
    let mut fields = form_urlencoded::parse(field.as_bytes());
    let (_, value) = fields.next()?;
    fields.next().is_none().then(|| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_basic_header_is_read_as_it_was_encoded() {
        let read = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, text.parse().unwrap());
            basic(&headers).map_err(|error| error.parts().0)
        };
        let sent = STANDARD.encode("a%2Db:c+d%3A");
        let known = Some(("a-b".to_owned(), "c d:".to_owned()));
        assert_eq!(read(&format!("Basic {sent}")), Ok(known));
        assert_eq!(read("Basic ???"), Err("invalid_client"));
        assert_eq!(read("Bearer x"), Err("invalid_client"));
        assert!(matches!(basic(&HeaderMap::new()), Ok(None)));
    }
}
