//! `/oauth2/introspect` (RFC 7662): whether an access token is good at this moment, for
//! applications that would rather ask than believe the token for its ten minutes.

use axum::{Json, extract::State, http::HeaderMap};
use serde::Serialize;
use serde_json::{Value, json};

use super::{client::Client, error::OAuthError, fields::Fields};
use crate::{App, auth::Known, problem::Problem, tokens::Claims};

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Told {
    Active(Value),
    /// Whatever it is, it is good for nothing.
    Inactive {
        active: bool,
    },
}

/// Any application that keeps a secret may ask about any access token: who holds one can read it
/// anyway, and learns here only whether it still counts. Refresh tokens are between us and theirs.
pub(super) async fn introspect(
    State(app): State<App>,
    headers: HeaderMap,
    mut fields: Fields,
) -> Result<Json<Told>, OAuthError> {
    let client = Client::of(&app, &headers, &mut fields).await?;
    if client.known.kind.is_public() {
        return Err(OAuthError::invalid_client());
    }
    let token = fields.need("token")?;
    let Ok((claims, until)) = app.tokens.verify(&token) else {
        return Ok(Json(Told::Inactive { active: false }));
    };
    if !counts(&app, &claims).await? {
        return Ok(Json(Told::Inactive { active: false }));
    }
    Ok(Json(Told::Active(json!({
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

/// Whether what it was made from still is, by the log.
async fn counts(app: &App, claims: &Claims) -> Result<bool, Problem> {
    if claims.client_id == Some(claims.sub) {
        return Ok(Client::find(app, &claims.sub.to_string()).await?.is_some());
    }
    let session =
        app.commands.lookup().load::<domain::identity::session::Session>(claims.sid.into());
    let session = session.await?;
    let Some(grant) = session.grant(app.commands.now()) else { return Ok(false) };
    let known = Known::by_id(app, grant.user).await?;
    Ok(known.is_some_and(|known| known.keeps(grant)))
}
