//! `/oauth2/logout` (`OpenID` Connect RP-Initiated Logout): an application signs a user out.

use axum::{
    extract::{RawForm, State},
    http::{HeaderMap, header::SET_COOKIE},
    response::Response,
};

use super::{
    browser::{SignedInUser, signed_out_cookie},
    client::Client,
    forms::{LogoutParams, PageResponses},
    pages,
    params::{OAuthParams, append_query},
    redirect::{BrowserError, see_other},
    texts,
    token::IdClaims,
};
use crate::App;

/// A validated request.
struct LogoutRequest {
    /// The user and the session that the application names. ID tokens may be old, and are no secret.
    hint: Option<IdClaims>,
    /// Where the browser is sent after that.
    next: Option<String>,
}

impl LogoutRequest {
    async fn parse(app: &App, fields: &mut OAuthParams) -> Result<Self, BrowserError> {
        let hint = fields
            .take("id_token_hint")
            .map(|hint| app.tokens.read_id_token_hint::<IdClaims>(&hint));
        let hint = hint.transpose();
        let hint = hint.map_err(|_| BrowserError::page(texts::TOKEN_NOT_OURS))?;
        let named = fields.take("client_id");
        let (audience, hint) = hint.unzip();
        let client = match (audience.map(|id| id.to_string()), named) {
            (Some(audience), Some(named)) if audience != named => {
                return Err(BrowserError::page(texts::TOKEN_OF_OTHER_APPLICATION));
            }
            (audience, named) => audience.or(named),
        };
        let client = match client {
            Some(id) => Client::find(app, &id).await?,
            None => None,
        };
        let next = match (fields.take("post_logout_redirect_uri"), client) {
            (None, _) => None,
            (Some(uri), Some(client)) if client.registration.signs_out_to(&uri) => {
                let state = fields.take("state");
                let state = state.as_deref().map(|state| ("state", state));
                Some(append_query(&uri, state.as_slice()))
            }
            (Some(_), _) => return Err(BrowserError::page(texts::UNKNOWN_REDIRECT_URI)),
        };
        Ok(Self { hint, next })
    }
}

/// Signs the user out. Confirmation is asked unless the ID token names the signed-in user.
#[utoipa::path(
    method(get, post),
    path = "/oauth2/logout",
    operation_id = "oauth.logout",
    tag = "oauth",
    params(LogoutParams),
    responses(PageResponses)
)]
pub(super) async fn logout(
    State(app): State<App>,
    headers: HeaderMap,
    RawForm(raw_request): RawForm,
) -> Result<Response, BrowserError> {
    let repeated = |_| BrowserError::page(texts::REPEATED_PARAMETER);
    let mut fields = OAuthParams::parse(&raw_request).map_err(repeated)?;
    let mut raw_request = String::from_utf8_lossy(&raw_request).into_owned();
    let mut is_confirmed = false;
    if let Some(carried_request) = fields.take("request") {
        is_confirmed = fields.get("answer") == Some("yes") && app.origins.is_own_form(&headers);
        fields = OAuthParams::parse(carried_request.as_bytes()).map_err(repeated)?;
        raw_request = carried_request;
    }
    let LogoutRequest { hint, next } = LogoutRequest::parse(&app, &mut fields).await?;
    if let Some(signed_in) = SignedInUser::from_cookies(&app, &headers).await? {
        let is_named = hint.as_ref().is_some_and(|hint| hint.sub == signed_in.account.user.uuid());
        if !is_named && !is_confirmed {
            return Ok(pages::sign_out_page(&raw_request));
        }
        app.auth.sessions.end(signed_in.session).await?;
        // ID tokens may leak: the session that one names ends only if its user is signed in at this browser.
        if let Some(hint) = hint.filter(|_| is_named) {
            app.auth.sessions.end(hint.sid.into()).await?;
        }
    }
    let mut response = next.map_or_else(pages::signed_out_page, |next| see_other(&next));
    response.headers_mut().append(SET_COOKIE, signed_out_cookie()?);
    Ok(response)
}
