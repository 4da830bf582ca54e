//! `/oauth2/introspect` (RFC 7662): tells applications whether an access token is still active.

use axum::{Json, extract::State, http::HeaderMap};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    client::Client,
    error::OAuthError,
    forms::{OAuthErrorBody, PresentedToken},
    params::OAuthParams,
};
use crate::{App, principal::Credential};

/// The claims of an active token, or that it is not active.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Introspection {
    Active(Value),
    Inactive { active: bool },
}

/// Tells a confidential client whether one of its own access tokens is active; all other tokens,
/// refresh tokens included, are reported as inactive (RFC 7662, 4).
#[utoipa::path(post, path = "/oauth2/introspect", operation_id = "oauth.introspect", tag = "oauth",
    request_body(content = PresentedToken, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "What it says, or that it is not active.", body = Object),
        (status = 400, body = OAuthErrorBody), (status = 401, body = OAuthErrorBody)))]
pub(super) async fn introspect(
    State(app): State<App>,
    headers: HeaderMap,
    mut fields: OAuthParams,
) -> Result<Json<Introspection>, OAuthError> {
    let client = Client::authenticate(&app, &headers, &mut fields).await?;
    if client.registration.kind.is_public() {
        return Err(OAuthError::invalid_client());
    }
    let token = fields.require("token")?;
    let inactive = Ok(Json(Introspection::Inactive { active: false }));
    let Ok((claims, until)) = app.tokens.verify(&token) else { return inactive };
    if claims.client_id != Some(client.id.uuid()) {
        return inactive;
    }
    match app
        .auth
        .credentials
        .authenticate(Credential::Token { claims: claims.clone(), until })
        .await
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
