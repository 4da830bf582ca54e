//! `/oauth2/introspect` (RFC 7662): whether an access token is good at this moment, for
//! applications that would rather ask than believe the token for its ten minutes.

use axum::{Json, extract::State, http::HeaderMap};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    client::Client,
    error::OAuthError,
    fields::Fields,
    forms::{OAuthRefusal, ShownToken},
};
use crate::{App, principal::Credential};

/// What an application is told of a token.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Introspection {
    Active(Value),
    /// Whatever it is, it is good for nothing.
    Inactive {
        active: bool,
    },
}

/// An application that keeps a secret may ask about its own access tokens; of those of others it
/// learns nothing (RFC 7662, 4). Refresh tokens are between us and theirs.
#[utoipa::path(post, path = "/oauth2/introspect", operation_id = "oauth.introspect", tag = "oauth",
    request_body(content = ShownToken, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "What it says, or that it is not active.", body = Object),
        (status = 400, body = OAuthRefusal), (status = 401, body = OAuthRefusal)))]
pub(super) async fn introspect(
    State(app): State<App>,
    headers: HeaderMap,
    mut fields: Fields,
) -> Result<Json<Introspection>, OAuthError> {
    let client = Client::of(&app, &headers, &mut fields).await?;
    if client.known.kind.is_public() {
        return Err(OAuthError::invalid_client());
    }
    let token = fields.need("token")?;
    let inactive = Ok(Json(Introspection::Inactive { active: false }));
    let Ok((claims, until)) = app.tokens.verify(&token) else { return inactive };
    if claims.client_id != Some(client.id.uuid()) {
        return inactive;
    }
    match app.auth.credentials.principal(Credential::Token { claims: claims.clone(), until }).await
    {
        Ok(_) => {}
        Err(problem) if problem.status() == 401 => return inactive,
        Err(problem) => return Err(problem.into()),
    }
    Ok(Json(Introspection::Active(json!({
        "active": true,
        "token_type": "Bearer",
        "iss": app.tokens.issuer(),
        "sub": claims.sub,
        "client_id": claims.client_id,
        "sid": claims.sid,
        "scope": claims.scope,
        "exp": until,
    }))))
}
