//! Going on with somebody who is signed in: they are asked whether they agree, unless they did before,
//! and sent back with a code.

use axum::{http::header::SET_COOKIE, response::Response};
use chrono::{DateTime, TimeDelta, Utc};
use domain::identity::{authorization::AuthorizationId, session::SessionId};
use serde::{Deserialize, Serialize};

use super::{
    answer::Stop,
    browser::{SignedIn, sealed},
    codes::{self, Agreed},
    pages,
    request::Request,
};
use crate::{App, secret::sha256};

/// For how long somebody may read what they are asked to agree to.
const READING: TimeDelta = TimeDelta::minutes(10);
/// What the form that asks for consent is sealed for.
pub(super) const CONSENT: &str = "consent";

/// That somebody proved who they are as a request asks for: the form that asks for consent carries
/// it, so that whoever sends the form without having been asked who they are gets nowhere.
#[derive(Serialize, Deserialize)]
pub(super) struct Accepted {
    pub(super) session: SessionId,
    /// The SHA-256 of the request.
    pub(super) request: Vec<u8>,
    pub(super) until: DateTime<Utc>,
}

/// Goes on with somebody who has just proved who they are.
pub(super) async fn welcome(
    app: &App,
    request: &Request,
    raw: &str,
    session: SessionId,
) -> Result<Response, Stop> {
    let signed_in = SignedIn::in_session(app, session).await?;
    let signed_in = signed_in.ok_or_else(|| Stop::shown("You were signed out meanwhile."))?;
    let mut response = go_on(app, request, raw, &signed_in).await?;
    response.headers_mut().append(SET_COOKIE, signed_in.cookie(app)?);
    Ok(response)
}

/// Asks for consent unless it was given before, and sends them back with a code.
pub(super) async fn go_on(
    app: &App,
    request: &Request,
    raw: &str,
    signed_in: &SignedIn,
) -> Result<Response, Stop> {
    let agreed = request.client.known.details.first_party || {
        let id = AuthorizationId::between(signed_in.known.user, request.client.id);
        app.commands.lookup().load(id).await?.covers(&request.permissions)
    };
    if agreed && !request.prompt.consent {
        return send_code(app, request, signed_in).await;
    }
    if request.prompt.none {
        let why = "the user was not asked yet";
        return Err(Stop::back(app, &request.back, "consent_required", why));
    }
    let accepted = Accepted {
        session: signed_in.session,
        request: sha256(raw),
        until: app.commands.now() + READING,
    };
    let accepted = sealed(app, CONSENT, &accepted)?;
    let name = signed_in.known.state.name.get();
    Ok(pages::consent(
        request.application(),
        &request.permissions,
        (raw, &accepted),
        name.map_or("", |name| name.as_str()),
    ))
}

/// Sends somebody back to the application, with a code for what they agreed to.
pub(super) async fn send_code(
    app: &App,
    request: &Request,
    signed_in: &SignedIn,
) -> Result<Response, Stop> {
    let agreed = Agreed {
        user: signed_in.known.user,
        browser: signed_in.session,
        methods: signed_in.methods.clone(),
        signed_in_at: signed_in.at,
        redirect_uri: request.back.uri.clone(),
        permissions: request.permissions.clone(),
        nonce: request.nonce.clone(),
        challenge: request.challenge.clone(),
    };
    let code = codes::issue(app, request.client.id, &agreed).await?;
    Ok(request.back.send(app, &[("code", &code)]))
}
