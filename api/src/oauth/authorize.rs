//! `/oauth2/authorize`: somebody signs in, agrees, and is sent back with a code.

use axum::{
    extract::{RawForm, State},
    http::{HeaderMap, header::SET_COOKIE},
    response::Response,
};
use chrono::{DateTime, TimeDelta, Utc};
use commands::Order;
use domain::identity::{
    Actor, Role,
    authorization::{Authorization, AuthorizationId, Command},
    session::SessionId,
};
use serde::{Deserialize, Serialize};

use super::{
    answer::Stop,
    browser::{SignedIn, is_from_here, opened, sealed},
    codes::{self, Agreed},
    federation,
    fields::Fields,
    forms::{AuthorizationRequest, ConsentForm, PageAnswers, SignInForm},
    pages,
    request::Request,
};
use crate::{
    App,
    auth::{self, ENROLMENT, From, Login},
    problem::Problem,
    secret::sha256,
};

/// For how long somebody may read what they are asked to agree to.
const READING: TimeDelta = TimeDelta::minutes(10);
/// What the form that asks for consent is sealed for.
const CONSENT: &str = "consent";

/// That somebody proved who they are as a request asks for: the form that asks for consent carries
/// it, so that whoever sends the form without having been asked who they are gets nowhere.
#[derive(Serialize, Deserialize)]
struct Accepted {
    session: SessionId,
    /// The SHA-256 of the request.
    request: Vec<u8>,
    until: DateTime<Utc>,
}

/// What an application asks of somebody. A form may say it as well as a link.
#[utoipa::path(
    method(get, post),
    path = "/oauth2/authorize",
    operation_id = "oauth.authorize",
    tag = "oauth",
    params(AuthorizationRequest),
    responses(PageAnswers)
)]
pub(super) async fn ask(
    State(app): State<App>,
    headers: HeaderMap,
    RawForm(raw): RawForm,
) -> Result<Response, Stop> {
    let raw = String::from_utf8_lossy(&raw);
    let request = Request::read(&app, &raw).await?;
    let signed_in = SignedIn::of(&app, &headers).await?;
    let now = app.commands.now().timestamp();
    match signed_in.filter(|signed_in| request.accepts(signed_in.at.timestamp(), now)) {
        Some(signed_in) => go_on(&app, &request, &raw, &signed_in).await,
        None if request.prompt.none => {
            Err(Stop::back(&app, &request.back, "login_required", "nobody is signed in"))
        }
        None => {
            let login = request.login_hint.as_deref().unwrap_or_default();
            Ok(pages::sign_in(&request, &raw, login, None))
        }
    }
}

/// Somebody says who they are.
#[utoipa::path(post, path = "/oauth2/sign-in", operation_id = "oauth.sign_in", tag = "oauth",
    request_body(content = SignInForm, content_type = "application/x-www-form-urlencoded"),
    responses(PageAnswers))]
pub(super) async fn sign_in(
    State(app): State<App>,
    headers: HeaderMap,
    From(origin): From,
    mut fields: Fields,
) -> Result<Response, Stop> {
    let raw = from_our_page(&app, &headers, &mut fields)?;
    let request = Request::read(&app, &raw).await?;
    let login = fields.take("login").unwrap_or_default();
    if fields.get("at") == Some("organisation") {
        return federation::depart(&app, &request, &raw, &login).await;
    }
    let password = fields.take("password").unwrap_or_default();
    let device_token = auth::cookie(&headers, auth::DEVICE);
    let said = Login { login: login.clone(), password, code: fields.take("code"), device_token };
    match app.sign_in(said, origin).await {
        Ok(pair) if pair.scope == ENROLMENT => {
            app.end_session(pair.session).await?;
            let why =
                "Your role asks for a second factor. Enroll one in your account, and come back.";
            Err(Stop::shown(why))
        }
        Ok(pair) => {
            let mut response = welcome(&app, &request, &raw, pair.session).await?;
            for (name, value) in &auth::device(&pair) {
                response.headers_mut().append(name, value.clone());
            }
            Ok(response)
        }
        Err(problem) if problem.status() < 500 => {
            Ok(pages::sign_in(&request, &raw, &login, Some(problem.detail())))
        }
        Err(problem) => Err(problem.into()),
    }
}

/// Goes on with somebody who has just proved who he is.
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

/// Somebody says whether they agree.
#[utoipa::path(post, path = "/oauth2/consent", operation_id = "oauth.consent", tag = "oauth",
    request_body(content = ConsentForm, content_type = "application/x-www-form-urlencoded"),
    responses(PageAnswers))]
pub(super) async fn consent(
    State(app): State<App>,
    headers: HeaderMap,
    mut fields: Fields,
) -> Result<Response, Stop> {
    let raw = from_our_page(&app, &headers, &mut fields)?;
    let request = Request::read(&app, &raw).await?;
    let accepted: Option<Accepted> =
        fields.take("accepted").and_then(|accepted| opened(&app, CONSENT, &accepted));
    let signed_in = SignedIn::of(&app, &headers).await?.filter(|signed_in| {
        accepted.is_some_and(|accepted| {
            (accepted.session, accepted.request) == (signed_in.session, sha256(&raw))
                && app.commands.now() < accepted.until
        })
    });
    let Some(signed_in) = signed_in else {
        return Ok(pages::sign_in(&request, &raw, "", Some("Please sign in again.")));
    };
    if fields.get("answer") != Some("allow") {
        return Err(Stop::back(&app, &request.back, "access_denied", "the user said no"));
    }
    let (user, client) = (signed_in.known.user, request.client.id);
    let grant = Command::Grant { user, client, permissions: request.permissions.clone() };
    let by = Actor::new(user.uuid(), Role::System);
    let order = Order::<Authorization>::new(AuthorizationId::between(user, client), grant, by);
    app.commands.execute(order).await.map_err(Problem::from)?;
    send_code(&app, &request, &signed_in).await
}

/// Asks for consent unless it was given before, and sends him back with a code.
async fn go_on(
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
    let name = signed_in.known.account.name.get();
    Ok(pages::consent(request, raw, &accepted, name.map_or("", |name| name.as_str())))
}

async fn send_code(app: &App, request: &Request, signed_in: &SignedIn) -> Result<Response, Stop> {
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

/// The application's request that a form of ours carries on.
fn from_our_page(app: &App, headers: &HeaderMap, fields: &mut Fields) -> Result<String, Stop> {
    if !is_from_here(app, headers) {
        return Err(Stop::shown("This form was sent from another site."));
    }
    fields.take("request").ok_or_else(|| Stop::shown("This form is not whole."))
}
