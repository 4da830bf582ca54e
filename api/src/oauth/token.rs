//! `/oauth2/token`: codes, refresh tokens and secrets become access tokens.

use std::collections::BTreeSet;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, header::CACHE_CONTROL},
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
    client::{Client, words},
    codes::{self, Agreed, Redeemed},
    error::OAuthError,
    fields::Fields,
    forms::{OAuthRefusal, TokenForm},
};
use crate::{
    App,
    auth::{NewSession, RequestOrigin, UserAccount},
    secret::{equal, sha256},
    tokens::{Claims, LIFETIME},
};

/// How long an application may go on while the user is away, however often it asks.
const OFFLINE: TimeDelta = TimeDelta::days(90);
/// How long what it was given otherwise can be revoked: longer than it is good.
const ONCE: TimeDelta = TimeDelta::hours(1);

/// What is granted (RFC 6749, 5.1).
#[derive(Serialize, ToSchema)]
#[schema(as = OAuthTokens)]
pub(super) struct Granted {
    access_token: String,
    token_type: &'static str,
    expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
}

impl Granted {
    fn new(access_token: String, scope: String) -> Self {
        let (token_type, expires_in) = ("Bearer", LIFETIME);
        Self { access_token, token_type, expires_in, refresh_token: None, scope, id_token: None }
    }
}

impl IntoResponse for Granted {
    fn into_response(self) -> Response {
        const PRAGMA: HeaderName = HeaderName::from_static("pragma");
        let never = [(CACHE_CONTROL, "no-store"), (PRAGMA, "no-cache")];
        (never.map(|(name, value)| (name, HeaderValue::from_static(value))), Json(self))
            .into_response()
    }
}

/// What an ID token says (`OpenID` Connect Core, 2).
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct IdClaims {
    pub(super) sub: Uuid,
    /// The session that the application got.
    pub(super) sid: Uuid,
    auth_time: i64,
    amr: Vec<Method>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
    /// Binds it to the access token beside it.
    at_hash: String,
}

/// Codes, refresh tokens and secrets become access tokens.
#[utoipa::path(post, path = "/oauth2/token", operation_id = "oauth.token", tag = "oauth",
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = Granted), (status = 400, body = OAuthRefusal), (status = 401, body = OAuthRefusal)))]
pub(super) async fn grant(
    State(app): State<App>,
    headers: HeaderMap,
    RequestOrigin(origin): RequestOrigin,
    mut fields: Fields,
) -> Result<Granted, OAuthError> {
    let client = Client::of(&app, &headers, &mut fields).await?;
    let kind = fields.need("grant_type")?;
    match (kind.as_str(), client.acts_for_people()) {
        ("authorization_code", true) => by_code(&app, &client, origin, fields).await,
        ("refresh_token", true) => by_refresh_token(&app, &client, fields).await,
        ("client_credentials", false) => by_secret(&app, &client, &fields).await,
        ("authorization_code" | "refresh_token", false) => {
            Err(OAuthError::unauthorized_client("a service acts for itself alone"))
        }
        ("client_credentials", true) => {
            Err(OAuthError::unauthorized_client("only a service acts for itself"))
        }
        _ => Err(OAuthError::unsupported_grant_type()),
    }
}

/// Redeems a code.
async fn by_code(
    app: &App,
    client: &Client,
    origin: Origin,
    mut fields: Fields,
) -> Result<Granted, OAuthError> {
    let refused = || OAuthError::invalid_grant("the code is not good, or not any more");
    let (code, verifier) = (fields.need("code")?, fields.need("code_verifier")?);
    let redirect_uri = fields.need("redirect_uri")?;
    let agreed = match codes::redeem(app, client.id, &code).await? {
        Redeemed::First(agreed) => agreed,
        Redeemed::Never => return Err(refused()),
        Redeemed::Again(session) => {
            // Two had the code: whatever the first got by it may be the thief's.
            if let Some(session) = session {
                app.auth.sessions.end(session).await?;
            }
            return Err(refused());
        }
    };
    let proved = URL_SAFE_NO_PAD.encode(sha256(&verifier));
    if agreed.redirect_uri != redirect_uri || !equal(&proved, &agreed.challenge) {
        return Err(refused());
    }
    let Agreed { user, browser, methods, signed_in_at, permissions, nonce, .. } = *agreed;
    let browser = app.auth.credentials.active_session(browser).await?.ok_or_else(refused)?;
    // What ends the browser's session by the user ends this one as well, however late it begins.
    let known = UserAccount { version: browser.grant.user_version, ..browser.account };
    let scope = words(&permissions);
    let offline = permissions.contains(&Permission::OfflineAccess);
    let entry = NewSession {
        methods: methods.clone(),
        client: Some(client.id.uuid()),
        provider: browser.grant.provider,
        scope: text(&scope)?,
        lifetime: if offline { OFFLINE } else { ONCE },
        origin,
    };
    let pair = app.auth.sessions.start(&known, entry).await?;
    let lasts = app.auth.credentials.active_session(pair.session).await?.is_some();
    if !codes::began(app, &code, pair.session).await? || !lasts {
        app.auth.sessions.end(pair.session).await?;
        return Err(refused());
    }
    let mut granted = Granted::new(pair.access_token, scope);
    granted.refresh_token = offline.then_some(pair.refresh_token);
    if permissions.contains(&Permission::OpenId) {
        let half = URL_SAFE_NO_PAD.encode(&sha256(&granted.access_token)[..16]);
        let claims = IdClaims {
            sub: user.uuid(),
            sid: pair.session.uuid(),
            auth_time: signed_in_at.timestamp(),
            amr: methods,
            nonce,
            at_hash: half,
        };
        granted.id_token = Some(app.tokens.issue_id(client.id.uuid(), &claims)?);
    }
    Ok(granted)
}

/// Exchanges a refresh token, for no more than was agreed to and still is.
async fn by_refresh_token(
    app: &App,
    client: &Client,
    mut fields: Fields,
) -> Result<Granted, OAuthError> {
    let refused = || OAuthError::invalid_grant("the refresh token is not good, or not any more");
    let token = fields.need("refresh_token")?;
    let wanted = fields.take("scope").map(|scope| client.permissions(&scope)).transpose()?;
    if let Some(wanted) = &wanted {
        // Before the token is used up: who asks for too much goes on with what they have.
        may_have(app, client, &token, wanted).await?;
    }
    let pair = match app.auth.sessions.renew(&token, Some(client.id.uuid())).await {
        Ok(pair) => pair,
        Err(problem) if problem.is("session_ended") => return Err(refused()),
        Err(problem) => return Err(problem.into()),
    };
    let granted = client.permissions(pair.grant.scope.as_str());
    let Ok(permissions) = granted.map(|granted| wanted.unwrap_or(granted)) else {
        return Err(refused());
    };
    let agreed = client.known.details.first_party || {
        let id = AuthorizationId::between(pair.grant.user, client.id);
        app.commands.lookup().load(id).await?.covers(&permissions)
    };
    if !agreed {
        app.auth.sessions.end(pair.session).await?;
        return Err(refused());
    }
    let scope = words(&permissions);
    let access_token = narrowed(app, &pair.grant, pair.session, &scope, pair.access_token).await?;
    let granted = Granted::new(access_token, scope);
    Ok(Granted { refresh_token: Some(pair.refresh_token), ..granted })
}

/// Refuses to ask for more than was granted with a refresh token of the application.
async fn may_have(
    app: &App,
    client: &Client,
    token: &str,
    wanted: &BTreeSet<Permission>,
) -> Result<(), OAuthError> {
    let Some(session) = app.auth.refresh_tokens.session(token).await? else { return Ok(()) };
    let session = app.commands.lookup().load(session).await?;
    let Some(grant) = session.grant(app.commands.now()) else { return Ok(()) };
    let granted: BTreeSet<_> = grant.scope.as_str().split(' ').collect();
    let more = wanted.iter().any(|permission| !granted.contains(permission.to_string().as_str()));
    if more && grant.client == Some(client.id.uuid()) {
        return Err(OAuthError::invalid_scope("this is more than was granted"));
    }
    Ok(())
}

/// The access token for what is asked for, which may be less than what was granted.
async fn narrowed(
    app: &App,
    grant: &Grant,
    session: SessionId,
    scope: &str,
    whole: String,
) -> Result<String, OAuthError> {
    if scope == grant.scope.as_str() {
        return Ok(whole);
    }
    let known = UserAccount::by_id(app.commands.lookup(), grant.user).await?;
    let known = known.ok_or_else(|| OAuthError::invalid_grant("the user is gone"))?;
    let less = Grant { scope: text(scope)?, ..grant.clone() };
    Ok(app.auth.access_tokens.issue(&known, session, &less).await?.token)
}

/// Lets a service in, which has shown its secret.
async fn by_secret(app: &App, client: &Client, fields: &Fields) -> Result<Granted, OAuthError> {
    let Kind::Service { role } = client.known.kind else {
        return Err(OAuthError::unauthorized_client("only a service acts for itself"));
    };
    let permissions = match fields.get("scope") {
        Some(scope) => client.permissions(scope)?,
        None => client.known.details.permissions.clone(),
    };
    let scope = words(&permissions);
    let cver = app.auth.credentials.client_version(client.id).await?;
    let claims = Claims { cver, ..service(app, client, role, scope.clone()) };
    let access_token = app.tokens.issue(&claims)?;
    Ok(Granted::new(access_token, scope))
}

/// What is said of a service: it is its own user, and its own session.
fn service(app: &App, client: &Client, role: Role, scope: String) -> Claims {
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

fn text(scope: &str) -> Result<Text<500>, OAuthError> {
    Ok(scope.parse().map_err(anyhow::Error::msg)?)
}
