//! Sign-in with login and password, and renewal, for clients that hold their tokens themselves.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::{
    App,
    auth::{IssuedTokens, Login, RequestOrigin},
    json_request::JsonRequest,
    problem::Problem,
    routes::Routes,
    tokens::ACCESS_TOKEN_LIFETIME,
};

pub(crate) fn routes() -> Routes {
    Routes::default().public(routes!(sign_in)).public(routes!(refresh))
}

/// A proof of who one is, for a while, in the form of OAuth 2 (RFC 6749, 5.1).
#[derive(Serialize, ToSchema)]
#[schema(as = Granted)]
pub(crate) struct TokenResponse {
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
    #[schema(nullable = false)]
    device_token: Option<String>,
}

impl TokenResponse {
    pub(crate) fn new(tokens: IssuedTokens) -> Self {
        let IssuedTokens { access_token, refresh_token, scope, device_token, .. } = tokens;
        let (token_type, expires_in) = ("Bearer", ACCESS_TOKEN_LIFETIME);
        Self { access_token, token_type, expires_in, refresh_token, scope, device_token }
    }
}

impl IntoResponse for TokenResponse {
    fn into_response(self) -> Response {
        Json(self).into_response()
    }
}

/// Signs in with a login and a password.
#[utoipa::path(post, path = "/jwt", operation_id = "identity.session.start",
    tag = "identity",
    request_body = Login, responses((status = 200, body = TokenResponse)))]
async fn sign_in(
    State(app): State<App>,
    RequestOrigin(origin): RequestOrigin,
    request: JsonRequest<Login>,
) -> Result<TokenResponse, Problem> {
    app.auth.sign_in.by_password(request.body, origin).await.map(TokenResponse::new)
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
    responses((status = 200, body = TokenResponse)))]
async fn refresh(
    State(app): State<App>,
    request: JsonRequest<Refresh>,
) -> Result<TokenResponse, Problem> {
    app.auth.sessions.renew(&request.body.refresh_token, None).await.map(TokenResponse::new)
}
