//! The steps after sign-in: asking for consent unless it was given before, and redirecting back with a code.

use axum::{http::header::SET_COOKIE, response::Response};
use chrono::{DateTime, TimeDelta, Utc};
use domain::identity::{authorization::AuthorizationId, session::SessionId};
use serde::{Deserialize, Serialize};

use super::{
    browser::SignedInUser,
    codes::{self, CodeGrant},
    pages,
    redirect::BrowserError,
    request::AuthorizationRequest,
    texts,
};
use crate::{App, encrypted::encrypt_text, secret::sha256};

/// How long the consent page can be answered.
const CONSENT_LIFETIME: TimeDelta = TimeDelta::minutes(10);
/// The name of the form field for which the proof is sealed.
pub(super) const CONSENT_PROOF: &str = "consent";

/// The proof that a user authenticated as a request requires (`prompt`, `max_age`). The consent form carries
/// it, so that the form cannot be sent without that.
#[derive(Serialize, Deserialize)]
pub(super) struct AuthenticationProof {
    pub(super) session: SessionId,
    /// The SHA-256 of the request.
    pub(super) request: Vec<u8>,
    pub(super) until: DateTime<Utc>,
}

/// Continues with a user who has just signed in, and sets their cookie.
pub(super) async fn continue_after_sign_in(
    app: &App,
    request: &AuthorizationRequest,
    raw_request: &str,
    session: SessionId,
) -> Result<Response, BrowserError> {
    let signed_in = SignedInUser::from_session(app, session).await?;
    let signed_in = signed_in.ok_or_else(|| BrowserError::page(texts::SIGNED_OUT_MEANWHILE))?;
    let mut response = continue_signed_in(app, request, raw_request, &signed_in).await?;
    response.headers_mut().append(SET_COOKIE, signed_in.session_cookie(app)?);
    Ok(response)
}

/// Asks for consent unless it was given before, and redirects back with a code.
pub(super) async fn continue_signed_in(
    app: &App,
    request: &AuthorizationRequest,
    raw_request: &str,
    signed_in: &SignedInUser,
) -> Result<Response, BrowserError> {
    let has_consent = request.client.registration.details.first_party || {
        let id = AuthorizationId::of_user_and_client(signed_in.account.user, request.client.id);
        app.commands.aggregates().load(id).await?.covers(&request.permissions)
    };
    if has_consent && !request.prompt.consent {
        return redirect_with_code(app, request, signed_in).await;
    }
    if request.prompt.none {
        let message = "the user was not asked yet";
        return Err(BrowserError::redirect(app, &request.redirect, "consent_required", message));
    }
    let proof = AuthenticationProof {
        session: signed_in.session,
        request: sha256(raw_request),
        until: app.commands.now() + CONSENT_LIFETIME,
    };
    let proof = encrypt_text(app, CONSENT_PROOF, &proof)?;
    let name = signed_in.account.state.name.get();
    Ok(pages::consent_page(
        request.client_details(),
        &request.permissions,
        (raw_request, &proof),
        (name.map_or("", |name| name.as_str()), signed_in.account.state.language),
    ))
}

/// Redirects the user back to the application, with a code for what they agreed to.
pub(super) async fn redirect_with_code(
    app: &App,
    request: &AuthorizationRequest,
    signed_in: &SignedInUser,
) -> Result<Response, BrowserError> {
    let code_grant = CodeGrant {
        user: signed_in.account.user,
        browser: signed_in.session,
        methods: signed_in.methods.clone(),
        signed_in_at: signed_in.at,
        redirect_uri: request.redirect.uri.clone(),
        permissions: request.permissions.clone(),
        nonce: request.nonce.clone(),
        challenge: request.challenge.clone(),
    };
    let code = codes::issue(app, request.client.id, &code_grant).await?;
    Ok(request.redirect.redirect(app, &[("code", &code)]))
}
