//! `/oauth2/token`: exchanges codes, refresh tokens and client secrets for access tokens.

use std::collections::BTreeSet;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use domain::{
    Text,
    identity::{
        Reach, Role,
        authorization::AuthorizationId,
        oauth_client::{Kind, Permission},
        session::{Grant, Method, Origin, SessionId},
    },
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    client::{Client, scope_text},
    codes::{self, CodeGrant, RedeemOutcome},
    error::OAuthError,
    forms::{OAuthErrorBody, TokenForm},
    params::OAuthParams,
};
use crate::{
    App,
    auth::{NewSession, RequestOrigin, UserAccount},
    secret::{constant_time_eq, sha256},
    tokens::{ACCESS_TOKEN_LIFETIME, Claims},
};

/// How long a session with a refresh token lasts at most, however often it is renewed.
const OFFLINE_LIFETIME: TimeDelta = TimeDelta::days(90);
/// How long a session without a refresh token lasts: longer than its access token, so that it can be revoked.
const ONLINE_LIFETIME: TimeDelta = TimeDelta::hours(1);

/// The issued tokens (RFC 6749, 5.1).
#[derive(Serialize, ToSchema)]
pub(super) struct OAuthTokens {
    access_token: String,
    token_type: &'static str,
    expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    refresh_token: Option<String>,
    scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    id_token: Option<String>,
}

impl OAuthTokens {
    fn new(access_token: String, scope: String) -> Self {
        let (token_type, expires_in) = ("Bearer", ACCESS_TOKEN_LIFETIME);
        Self { access_token, token_type, expires_in, refresh_token: None, scope, id_token: None }
    }
}

impl IntoResponse for OAuthTokens {
    fn into_response(self) -> Response {
        const PRAGMA: HeaderName = HeaderName::from_static("pragma");
        ([(PRAGMA, HeaderValue::from_static("no-cache"))], Json(self)).into_response()
    }
}

/// The claims of an ID token (`OpenID` Connect Core, 2).
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct IdClaims {
    pub(super) sub: Uuid,
    /// The application's session.
    pub(super) sid: Uuid,
    auth_time: i64,
    amr: Vec<Method>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
    /// Binds the ID token to the access token issued with it.
    at_hash: String,
}

/// Exchanges a code, a refresh token or a client secret for an access token.
#[utoipa::path(post, path = "/oauth2/token", operation_id = "oauth.token", tag = "oauth",
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = OAuthTokens), (status = 400, body = OAuthErrorBody), (status = 401, body = OAuthErrorBody)))]
pub(super) async fn token(
    State(app): State<App>,
    headers: HeaderMap,
    RequestOrigin(origin): RequestOrigin,
    mut fields: OAuthParams,
) -> Result<OAuthTokens, OAuthError> {
    let client = Client::authenticate(&app, &headers, &mut fields).await?;
    let kind = fields.require("grant_type")?;
    match (kind.as_str(), client.acts_for_users()) {
        ("authorization_code", true) => {
            authorization_code_grant(&app, &client, origin, fields).await
        }
        ("refresh_token", true) => refresh_token_grant(&app, &client, fields).await,
        ("client_credentials", false) => client_credentials_grant(&app, &client, &fields).await,
        ("authorization_code" | "refresh_token", false) => {
            Err(OAuthError::unauthorized_client("a service acts for itself alone"))
        }
        ("client_credentials", true) => {
            Err(OAuthError::unauthorized_client("only a service acts for itself"))
        }
        _ => Err(OAuthError::unsupported_grant_type()),
    }
}

/// The authorization code grant (RFC 6749, 4.1.3).
async fn authorization_code_grant(
    app: &App,
    client: &Client,
    origin: Origin,
    mut fields: OAuthParams,
) -> Result<OAuthTokens, OAuthError> {
    let invalid_code = || OAuthError::invalid_grant("the code is not good, or not any more");
    let (code, verifier) = (fields.require("code")?, fields.require("code_verifier")?);
    let redirect_uri = fields.require("redirect_uri")?;
    let code_grant = match codes::redeem(app, client.id, &code).await? {
        RedeemOutcome::First(grant) => grant,
        RedeemOutcome::Invalid => return Err(invalid_code()),
        RedeemOutcome::Reused(session) => {
            // Two parties had the code: the session of the first may be the thief's.
            if let Some(session) = session {
                app.auth.sessions.end(session).await?;
            }
            return Err(invalid_code());
        }
    };
    let challenge = URL_SAFE_NO_PAD.encode(sha256(&verifier));
    if code_grant.redirect_uri != redirect_uri
        || !constant_time_eq(&challenge, &code_grant.challenge)
    {
        return Err(invalid_code());
    }
    let CodeGrant { user, browser, methods, signed_in_at, permissions, nonce, .. } = *code_grant;
    let browser = app.auth.credentials.active_session(browser).await?.ok_or_else(invalid_code)?;
    // With the user version of the browser's session, whatever ends that one ends this one as well.
    let account = UserAccount { version: browser.grant.user_version, ..browser.account };
    let scope = scope_text(&permissions);
    let offline = permissions.contains(&Permission::OfflineAccess);
    let entry = NewSession {
        methods: methods.clone(),
        client: Some(client.id.uuid()),
        provider: browser.grant.provider,
        scope: scope_value(&scope)?,
        lifetime: if offline { OFFLINE_LIFETIME } else { ONLINE_LIFETIME },
        origin,
    };
    let pair = app.auth.sessions.start(&account, entry).await?;
    let is_active = app.auth.credentials.active_session(pair.session).await?.is_some();
    if !codes::record_session(app, &code, pair.session).await? || !is_active {
        app.auth.sessions.end(pair.session).await?;
        return Err(invalid_code());
    }
    let mut tokens = OAuthTokens::new(pair.access_token, scope);
    tokens.refresh_token = offline.then_some(pair.refresh_token);
    if permissions.contains(&Permission::OpenId) {
        let at_hash = URL_SAFE_NO_PAD.encode(&sha256(&tokens.access_token)[..16]);
        let claims = IdClaims {
            sub: user.uuid(),
            sid: pair.session.uuid(),
            auth_time: signed_in_at.timestamp(),
            amr: methods,
            nonce,
            at_hash,
        };
        tokens.id_token = Some(app.tokens.issue_id_token(client.id.uuid(), &claims)?);
    }
    Ok(tokens)
}

/// Exchanges a refresh token, within what the user agreed to and did not withdraw.
async fn refresh_token_grant(
    app: &App,
    client: &Client,
    mut fields: OAuthParams,
) -> Result<OAuthTokens, OAuthError> {
    let invalid_token =
        || OAuthError::invalid_grant("the refresh token is not good, or not any more");
    let token = fields.require("refresh_token")?;
    let requested = fields.take("scope").map(|scope| client.parse_scope(&scope)).transpose()?;
    if let Some(requested) = &requested {
        // Checked before the token is rotated, so that a too wide scope does not cost the client its token.
        check_within_grant(app, client, &token, requested).await?;
    }
    let pair = match app.auth.sessions.renew(&token, Some(client.id.uuid())).await {
        Ok(pair) => pair,
        Err(problem) if problem.has_code("session_ended") => return Err(invalid_token()),
        Err(problem) => return Err(problem.into()),
    };
    let granted = client.parse_scope(pair.grant.scope.as_str());
    let Ok(permissions) = granted.map(|granted| requested.unwrap_or(granted)) else {
        return Err(invalid_token());
    };
    let is_authorized = client.registration.details.first_party || {
        let id = AuthorizationId::of_user_and_client(pair.grant.user, client.id);
        app.commands.aggregates().load(id).await?.covers(&permissions)
    };
    if !is_authorized {
        app.auth.sessions.end(pair.session).await?;
        return Err(invalid_token());
    }
    let scope = scope_text(&permissions);
    let access_token =
        narrow_access_token(app, &pair.grant, pair.session, &scope, pair.access_token).await?;
    let tokens = OAuthTokens::new(access_token, scope);
    Ok(OAuthTokens { refresh_token: Some(pair.refresh_token), ..tokens })
}

/// Fails if a client requests more than was granted with its refresh token.
async fn check_within_grant(
    app: &App,
    client: &Client,
    token: &str,
    requested: &BTreeSet<Permission>,
) -> Result<(), OAuthError> {
    let Some(session) = app.auth.refresh_tokens.session_of_token(token).await? else {
        return Ok(());
    };
    let session = app.commands.aggregates().load(session).await?;
    let Some(grant) = session.grant(app.commands.now()) else { return Ok(()) };
    let granted: BTreeSet<_> = grant.scope.as_str().split(' ').collect();
    let exceeds =
        requested.iter().any(|permission| !granted.contains(permission.to_string().as_str()));
    if exceeds && grant.client == Some(client.id.uuid()) {
        return Err(OAuthError::invalid_scope("this is more than was granted"));
    }
    Ok(())
}

/// An access token for the requested scope, which may be narrower than the granted one.
async fn narrow_access_token(
    app: &App,
    grant: &Grant,
    session: SessionId,
    scope: &str,
    full_token: String,
) -> Result<String, OAuthError> {
    if scope == grant.scope.as_str() {
        return Ok(full_token);
    }
    let account = UserAccount::by_id(app.commands.aggregates(), grant.user).await?;
    let account = account.ok_or_else(|| OAuthError::invalid_grant("the user is gone"))?;
    let narrowed_grant = Grant { scope: scope_value(scope)?, ..grant.clone() };
    Ok(app.auth.access_tokens.issue(&account, session, &narrowed_grant).await?.token)
}

/// The client credentials grant: issues an access token to a service (RFC 6749, 4.4).
async fn client_credentials_grant(
    app: &App,
    client: &Client,
    fields: &OAuthParams,
) -> Result<OAuthTokens, OAuthError> {
    let Kind::Service { role } = client.registration.kind else {
        return Err(OAuthError::unauthorized_client("only a service acts for itself"));
    };
    let permissions = match fields.get("scope") {
        Some(scope) => client.parse_scope(scope)?,
        None => client.registration.details.permissions.clone(),
    };
    let scope = scope_text(&permissions);
    let cver = app.auth.credentials.client_version(client.id).await?;
    let claims = Claims { cver, ..service_claims(app, client, role, scope.clone()) };
    let access_token = app.tokens.issue(&claims)?;
    Ok(OAuthTokens::new(access_token, scope))
}

/// The claims of a service, which is its own user and its own session.
fn service_claims(app: &App, client: &Client, role: Role, scope: String) -> Claims {
    let id = client.id.uuid();
    Claims {
        sub: id,
        tid: app.deployment,
        cid: None,
        cust: None,
        sid: id,
        roles: vec![role],
        reach: Reach::Own,
        scope,
        amr: vec![],
        mver: 0,
        uver: 0,
        client_id: Some(id),
        cver: 0,
        act: None,
    }
}

fn scope_value(scope: &str) -> Result<Text<500>, OAuthError> {
    Ok(scope.parse().map_err(anyhow::Error::msg)?)
}
