//! `/oauth2/authorize`: a user signs in, consents, and is redirected back with a code.

use axum::{
    extract::{RawForm, State},
    http::HeaderMap,
    response::Response,
};
use commands::CommandEnvelope;
use domain::identity::{
    Actor, Role,
    authorization::{Authorization, AuthorizationId, Command},
};

use super::{
    browser::SignedInUser,
    continuation::{
        AuthenticationProof, CONSENT_PROOF, continue_after_sign_in, continue_signed_in,
        redirect_with_code,
    },
    federation,
    forms::{AuthorizationParamsDoc, ConsentForm, PageResponses, SignInForm},
    pages,
    params::OAuthParams,
    redirect::BrowserError,
    request::AuthorizationRequest,
    texts,
};
use crate::{
    App,
    auth::{self, ENROLMENT_SCOPE, Login, RequestOrigin},
    encrypted::decrypt,
    problem::Problem,
    secret::sha256,
    site::{FOREIGN_FORM, problem_text, say},
};

/// The authorization endpoint: the application sends the user here, by a link or a form.
#[utoipa::path(
    method(get, post),
    path = "/oauth2/authorize",
    operation_id = "oauth.authorize",
    tag = "oauth",
    params(AuthorizationParamsDoc),
    responses(PageResponses)
)]
pub(super) async fn authorize(
    State(app): State<App>,
    headers: HeaderMap,
    RawForm(raw_request): RawForm,
) -> Result<Response, BrowserError> {
    let raw_request = String::from_utf8_lossy(&raw_request);
    let request = AuthorizationRequest::parse(&app, &raw_request).await?;
    let signed_in = SignedInUser::from_cookies(&app, &headers).await?;
    let now = app.commands.now().timestamp();
    match signed_in.filter(|signed_in| request.accepts_sign_in_at(signed_in.at.timestamp(), now)) {
        Some(signed_in) => continue_signed_in(&app, &request, &raw_request, &signed_in).await,
        None if request.prompt.none => Err(BrowserError::redirect(
            &app,
            &request.redirect,
            "login_required",
            "nobody is signed in",
        )),
        None => {
            let login = request.login_hint.as_deref().unwrap_or_default();
            Ok(pages::sign_in_page(request.client_details(), &raw_request, login, None))
        }
    }
}

/// The user signs in.
#[utoipa::path(post, path = "/oauth2/sign-in", operation_id = "oauth.sign_in", tag = "oauth",
    request_body(content = SignInForm, content_type = "application/x-www-form-urlencoded"),
    responses(PageResponses))]
pub(super) async fn sign_in(
    State(app): State<App>,
    headers: HeaderMap,
    RequestOrigin(origin): RequestOrigin,
    mut fields: OAuthParams,
) -> Result<Response, BrowserError> {
    let raw_request = request_from_form(&app, &headers, &mut fields)?;
    let request = AuthorizationRequest::parse(&app, &raw_request).await?;
    let login = fields.take("login").unwrap_or_default();
    if fields.get("at") == Some("organisation") {
        return federation::redirect_by_email_domain(&app, &request, &raw_request, &login).await;
    }
    let password = fields.take("password").unwrap_or_default();
    let device_token = auth::read_cookie(&headers, auth::DEVICE_COOKIE);
    let credentials =
        Login { login: login.clone(), password, code: fields.take("code"), device_token };
    match app.auth.sign_in.by_password(credentials, origin).await {
        Ok(pair) if pair.scope == ENROLMENT_SCOPE => {
            app.auth.sessions.end(pair.session).await?;
            Err(BrowserError::page(texts::FACTOR_NEEDED))
        }
        Ok(pair) => {
            let mut response =
                continue_after_sign_in(&app, &request, &raw_request, pair.session).await?;
            for (name, value) in &auth::device_cookie(&pair) {
                response.headers_mut().append(name, value.clone());
            }
            Ok(response)
        }
        Err(problem) if problem.status() < 500 => Ok(pages::sign_in_page(
            request.client_details(),
            &raw_request,
            &login,
            Some(problem_text(&problem)),
        )),
        Err(problem) => Err(problem.into()),
    }
}

/// The user allows or denies access to an application.
#[utoipa::path(post, path = "/oauth2/consent", operation_id = "oauth.consent", tag = "oauth",
    request_body(content = ConsentForm, content_type = "application/x-www-form-urlencoded"),
    responses(PageResponses))]
pub(super) async fn consent(
    State(app): State<App>,
    headers: HeaderMap,
    mut fields: OAuthParams,
) -> Result<Response, BrowserError> {
    let raw_request = request_from_form(&app, &headers, &mut fields)?;
    let request = AuthorizationRequest::parse(&app, &raw_request).await?;
    let proof: Option<AuthenticationProof> =
        fields.take("accepted").and_then(|proof| decrypt(&app, CONSENT_PROOF, &proof));
    let signed_in = SignedInUser::from_cookies(&app, &headers).await?.filter(|signed_in| {
        proof.is_some_and(|proof| {
            (proof.session, proof.request) == (signed_in.session, sha256(&raw_request))
                && app.commands.now() < proof.until
        })
    });
    let Some(signed_in) = signed_in else {
        return Ok(pages::sign_in_page(
            request.client_details(),
            &raw_request,
            "",
            Some(say(texts::SIGN_IN_AGAIN)),
        ));
    };
    if fields.get("answer") != Some("allow") {
        return Err(BrowserError::redirect(
            &app,
            &request.redirect,
            "access_denied",
            "the user said no",
        ));
    }
    let (user, client) = (signed_in.account.user, request.client.id);
    let grant = Command::Grant { user, client, permissions: request.permissions.clone() };
    let actor = Actor::new(user.uuid(), Role::System);
    let envelope = CommandEnvelope::<Authorization>::new(
        AuthorizationId::of_user_and_client(user, client),
        grant,
        actor,
    );
    app.commands.execute(envelope).await.map_err(Problem::from)?;
    redirect_with_code(&app, &request, &signed_in).await
}

/// The application's request, which our forms carry in a hidden field.
fn request_from_form(
    app: &App,
    headers: &HeaderMap,
    fields: &mut OAuthParams,
) -> Result<String, BrowserError> {
    if !app.origins.is_own_form(headers) {
        return Err(BrowserError::page(FOREIGN_FORM));
    }
    fields.take("request").ok_or_else(|| BrowserError::page(texts::INCOMPLETE_FORM))
}
