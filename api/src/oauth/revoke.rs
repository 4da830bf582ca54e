//! `/oauth2/revoke` (RFC 7009): an application ends the session of one of its tokens.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};

use super::{
    client::Client,
    error::OAuthError,
    forms::{OAuthErrorBody, PresentedToken},
    params::OAuthParams,
};
use crate::App;

/// Revokes all tokens of the session to which a token belongs. An unknown token counts as
/// revoked.
#[utoipa::path(post, path = "/oauth2/revoke", operation_id = "oauth.revoke", tag = "oauth",
    request_body(content = PresentedToken, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "It is good for nothing any more."), (status = 400, body = OAuthErrorBody), (status = 401, body = OAuthErrorBody)))]
pub(super) async fn revoke(
    State(app): State<App>,
    headers: HeaderMap,
    mut fields: OAuthParams,
) -> Result<StatusCode, OAuthError> {
    let client = Client::authenticate(&app, &headers, &mut fields).await?;
    let token = fields.require("token")?;
    let session = match app.auth.refresh_tokens.session_of_token(&token).await? {
        Some(session) => Some(session),
        None => app.tokens.verify(&token).ok().map(|(claims, _)| claims.sid.into()),
    };
    let Some(session) = session else { return Ok(StatusCode::OK) };
    let state = app.commands.aggregates().load(session).await?;
    let Some(grant) = state.grant(app.commands.now()) else { return Ok(StatusCode::OK) };
    if grant.client != Some(client.id.uuid()) {
        return Err(OAuthError::invalid_grant("it was given to another application"));
    }
    app.auth.sessions.end(session).await?;
    Ok(StatusCode::OK)
}
