//! Signing in with a login and a password, and staying signed in.

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, header::CACHE_CONTROL},
    response::{IntoResponse, Response},
};
use domain::{
    crm::customer::CustomerId,
    identity::{
        provider::ProviderId,
        session::{Grant, SessionId},
    },
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::{
    App,
    acting::Acting,
    auth::{ENROLMENT, From, Known, Login, Pair, ended},
    given::Given,
    problem::Problem,
    routes::Routes,
    tokens::{Claims, LIFETIME},
};

pub(crate) fn routes() -> Routes {
    Routes::default().public(routes!(sign_in)).public(routes!(refresh))
}

/// A proof of who one is, for a while, in the form of OAuth 2 (RFC 6749, 5.1).
#[derive(Serialize, ToSchema)]
pub(crate) struct Granted {
    /// Sent as `Authorization: Bearer …`.
    access_token: String,
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// In seconds.
    expires_in: u64,
    /// Exchanged for a new pair, once, before the session ends.
    refresh_token: String,
    /// What the access token is for: `api` is everything, `enrolment` only enrolling the second
    /// factor that the user's role asks for.
    scope: String,
    /// To be sent with the next sign-in from here: then what others guess keeps nobody out.
    #[serde(skip_serializing_if = "Option::is_none")]
    device_token: Option<String>,
}

impl Granted {
    pub(crate) fn new(pair: Pair) -> Self {
        let Pair { access_token, refresh_token, scope, device_token, .. } = pair;
        let (token_type, expires_in) = ("Bearer", LIFETIME);
        Self { access_token, token_type, expires_in, refresh_token, scope, device_token }
    }
}

impl IntoResponse for Granted {
    fn into_response(self) -> Response {
        ([(CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(self)).into_response()
    }
}

/// Signs in with a login and a password.
#[utoipa::path(post, path = "/jwt", operation_id = "identity.session.start",
    tag = "identity",
    request_body = Login, responses((status = 200, body = Granted)))]
async fn sign_in(
    State(app): State<App>,
    From(origin): From,
    given: Given<Login>,
) -> Result<Granted, Problem> {
    app.sign_in(given.body, origin).await.map(Granted::new)
}

/// How somebody stays signed in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Refresh {
    refresh_token: String,
}

/// Exchanges a refresh token for a new pair of tokens.
///
/// The token is good for one exchange. Sent again within a minute, because the answer was lost, it
/// is answered with the same successor; later, or once the successor was used, somebody else must
/// have it, and the session ends (IAM-3).
#[utoipa::path(post, path = "/jwt/refresh", operation_id = "identity.session.refresh",
    tag = "identity", request_body = Refresh,
    responses((status = 200, body = Granted)))]
async fn refresh(State(app): State<App>, given: Given<Refresh>) -> Result<Granted, Problem> {
    app.renew_session(&given.body.refresh_token, None).await.map(Granted::new)
}

impl App {
    /// A token that says what its user may do by now.
    pub(crate) async fn access_token(
        &self,
        known: &Known,
        session: SessionId,
        grant: &Grant,
    ) -> Result<AccessToken, Problem> {
        let claims = claims(self, known, grant.provider).await?;
        // What a role asks for may be news to the session.
        let lacking = claims.roles.iter().any(|role| self.lacks_factor(*role, &grant.methods));
        if lacking && grant.client.is_some() {
            return Err(ended());
        }
        let scope = if lacking { ENROLMENT.into() } else { grant.scope.to_string() };
        let claims = Claims {
            sid: session.uuid(),
            scope: scope.clone(),
            amr: grant.methods.clone(),
            uver: grant.user_version,
            client_id: grant.client,
            cver: match grant.client {
                Some(client) => self.client_version(client.into()).await?,
                None => 0,
            },
            ..claims
        };
        Ok(AccessToken { token: self.tokens.issue(&claims)?, scope })
    }
}

/// An access token, and what it is for.
#[derive(Debug)]
pub(crate) struct AccessToken {
    pub(crate) token: String,
    pub(crate) scope: String,
}

/// What a token says of somebody, by now, in no session yet. Whom a provider let in has nowhere to
/// act once the membership for which its word counted has ended.
pub(crate) async fn claims(
    app: &App,
    known: &Known,
    provider: Option<ProviderId>,
) -> Result<Claims, Problem> {
    let account = &known.account;
    let acting = Acting::of(app, known.user, account, provider).await?;
    if provider.is_some() && acting.is_none() {
        return Err(ended());
    }
    Ok(Claims {
        sub: known.user.uuid(),
        tid: app.deployment,
        cid: acting.map(|acting| acting.cabinet.uuid()),
        cust: account.customer.map(CustomerId::uuid),
        sid: Uuid::nil(),
        roles: vec![acting.map_or(account.role, |acting| acting.role)],
        reach: acting.map(|acting| acting.reach).unwrap_or_default(),
        scope: "api".into(),
        amr: vec![],
        mver: acting.map_or(0, |acting| acting.version),
        uver: known.version,
        client_id: None,
        cver: 0,
        act: None,
    })
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Answer<T> {
    pub(crate) data: T,
}
