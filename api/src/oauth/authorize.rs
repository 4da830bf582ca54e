//! `/oauth2/authorize`: somebody signs in, agrees, and is sent back with a code.

use axum::{
    extract::{RawForm, State},
    http::HeaderMap,
    response::Response,
};
use commands::Order;
use domain::identity::{
    Actor, Role,
    authorization::{Authorization, AuthorizationId, Command},
};

use super::{
    answer::Stop,
    browser::{SignedIn, is_from_here, opened},
    continuation::{Accepted, CONSENT, go_on, send_code, welcome},
    federation,
    fields::Fields,
    forms::{AuthorizationRequest, ConsentForm, PageAnswers, SignInForm},
    pages,
    request::Request,
};
use crate::{
    App,
    auth::{self, ENROLMENT, Login, RequestOrigin},
    problem::Problem,
    secret::sha256,
};

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
            Ok(pages::sign_in(request.application(), &raw, login, None))
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
    RequestOrigin(origin): RequestOrigin,
    mut fields: Fields,
) -> Result<Response, Stop> {
    let raw = from_our_page(&app, &headers, &mut fields)?;
    let request = Request::read(&app, &raw).await?;
    let login = fields.take("login").unwrap_or_default();
    if fields.get("at") == Some("organisation") {
        return federation::depart(&app, &request, &raw, &login).await;
    }
    let password = fields.take("password").unwrap_or_default();
    let device_token = auth::read_cookie(&headers, auth::DEVICE);
    let said = Login { login: login.clone(), password, code: fields.take("code"), device_token };
    match app.auth.sign_in.by_password(said, origin).await {
        Ok(pair) if pair.scope == ENROLMENT => {
            app.auth.sessions.end(pair.session).await?;
            let why =
                "Your role asks for a second factor. Enroll one in your account, and come back.";
            Err(Stop::shown(why))
        }
        Ok(pair) => {
            let mut response = welcome(&app, &request, &raw, pair.session).await?;
            for (name, value) in &auth::device_cookie(&pair) {
                response.headers_mut().append(name, value.clone());
            }
            Ok(response)
        }
        Err(problem) if problem.status() < 500 => {
            Ok(pages::sign_in(request.application(), &raw, &login, Some(problem.detail())))
        }
        Err(problem) => Err(problem.into()),
    }
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
        return Ok(pages::sign_in(request.application(), &raw, "", Some("Please sign in again.")));
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

/// The application's request that a form of ours carries on.
fn from_our_page(app: &App, headers: &HeaderMap, fields: &mut Fields) -> Result<String, Stop> {
    if !is_from_here(app, headers) {
        return Err(Stop::shown("This form was sent from another site."));
    }
    fields.take("request").ok_or_else(|| Stop::shown("This form is not whole."))
}
