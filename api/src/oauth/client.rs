//! OAuth clients: the applications that request tokens, and how they authenticate.

use std::collections::BTreeSet;

use axum::http::{HeaderMap, header::AUTHORIZATION};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::identity::oauth_client::{Kind, OAuthClientId, Permission, Registered};
use url::form_urlencoded;

use super::{error::OAuthError, params::OAuthParams};
use crate::{App, problem::Problem, secret};

/// An application that may request tokens.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) id: OAuthClientId,
    pub(super) registration: Registered,
}

impl Client {
    /// The client of an id, by the current state of the log; none if it is disabled.
    pub(super) async fn find(app: &App, id: &str) -> Result<Option<Self>, Problem> {
        let Ok(id) = id.parse::<OAuthClientId>() else { return Ok(None) };
        let client = app.commands.aggregates().load(id).await?;
        let registration = client.registered().filter(|registration| registration.enabled);
        Ok(registration.map(|registration| Self { id, registration: registration.clone() }))
    }

    /// Authenticates the client that sent a request by its secret; a public client only names itself.
    pub(super) async fn authenticate(
        app: &App,
        headers: &HeaderMap,
        fields: &mut OAuthParams,
    ) -> Result<Self, OAuthError> {
        let (id, secret) = match (basic_credentials(headers)?, fields.take("client_secret")) {
            (Some(_), Some(_)) => {
                return Err(OAuthError::invalid_request("it authenticates in two ways at once"));
            }
            (Some((id, secret)), None) => {
                if fields.get("client_id").is_some_and(|other| other != id) {
                    return Err(OAuthError::invalid_request("it names two applications"));
                }
                (id, Some(secret))
            }
            (None, secret) => (fields.require("client_id")?, secret),
        };
        let client = Self::find(app, &id).await?.ok_or_else(OAuthError::invalid_client)?;
        let is_genuine = match (&client.registration.secret, secret) {
            (None, None) => client.registration.kind.is_public(),
            (Some(hash), Some(secret)) => secret::matches_hash(&secret, hash),
            (Some(_), None) | (None, Some(_)) => false,
        };
        if is_genuine { Ok(client) } else { Err(OAuthError::invalid_client()) }
    }

    /// Whether it acts for users, and not for itself.
    pub(super) fn acts_for_users(&self) -> bool {
        !matches!(self.registration.kind, Kind::Service { .. })
    }

    /// Parses a scope, all of which the client must be allowed to request.
    pub(super) fn parse_scope(&self, scope: &str) -> Result<BTreeSet<Permission>, OAuthError> {
        let requested: Option<BTreeSet<_>> =
            scope.split_whitespace().map(Permission::parse).collect();
        match requested {
            Some(requested) if requested.is_empty() => {
                Err(OAuthError::invalid_scope("it asks for nothing"))
            }
            Some(requested) if requested.is_subset(&self.registration.details.permissions) => {
                Ok(requested)
            }
            _ => Err(OAuthError::invalid_scope("the application may not ask for all of this")),
        }
    }
}

/// Permissions as a scope: scopes separated by blanks.
pub(super) fn scope_text(permissions: &BTreeSet<Permission>) -> String {
    let scopes: Vec<_> = permissions.iter().map(ToString::to_string).collect();
    scopes.join(" ")
}

/// The id and the secret of an `Authorization: Basic` header, both of which were form-encoded
/// first (RFC 6749, 2.3.1).
fn basic_credentials(headers: &HeaderMap) -> Result<Option<(String, String)>, OAuthError> {
    let Some(header) = headers.get(AUTHORIZATION) else { return Ok(None) };
    let read = || {
        let (scheme, text) = header.to_str().ok()?.split_once(' ')?;
        let text = scheme.eq_ignore_ascii_case("basic").then(|| STANDARD.decode(text.trim()))?;
        let text = String::from_utf8(text.ok()?).ok()?;
        let (id, secret) = text.split_once(':')?;
        Some((form_decode(id)?, form_decode(secret)?))
    };
    read().map(Some).ok_or_else(OAuthError::invalid_client)
}

fn form_decode(text: &str) -> Option<String> {
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
            basic_credentials(&headers).map_err(|error| error.code_and_description().0)
        };
        let sent = STANDARD.encode("a%2Db:c+d%3A");
        let expected = Some(("a-b".to_owned(), "c d:".to_owned()));
        assert_eq!(read(&format!("Basic {sent}")), Ok(expected));
        assert_eq!(read("Basic ???"), Err("invalid_client"));
        assert_eq!(read("Bearer x"), Err("invalid_client"));
        assert!(matches!(basic_credentials(&HeaderMap::new()), Ok(None)));
    }
}
