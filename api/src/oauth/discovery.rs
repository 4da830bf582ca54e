//! What clients find out by themselves (`OpenID` Connect Discovery; RFC 8414; RFC 7517).

use axum::{
    Json,
    extract::State,
    http::header::CACHE_CONTROL,
    response::{IntoResponse, Response},
};
use domain::identity::oauth_client::Permission;
use serde_json::json;

use crate::App;

/// For how long copies may be kept: not as long as a key is known before it signs (IAM-10).
const KEPT: &str = "public, max-age=300";

/// Where everything is (`OpenID` Connect Discovery).
#[utoipa::path(get, path = "/.well-known/openid-configuration", operation_id = "oauth.discover",
    tag = "oauth",
    responses((status = 200, description = "The metadata.", body = Object)))]
pub(super) async fn openid(State(app): State<App>) -> Response {
    metadata(&app)
}

/// Where everything is (RFC 8414).
#[utoipa::path(get, path = "/.well-known/oauth-authorization-server",
    operation_id = "oauth.discover_server", tag = "oauth",
    responses((status = 200, description = "The metadata.", body = Object)))]
pub(super) async fn server(State(app): State<App>) -> Response {
    metadata(&app)
}

fn metadata(app: &App) -> Response {
    let issuer = app.tokens.issuer();
    let at = |path: &str| format!("{issuer}/oauth2/{path}");
    let by_secret = ["client_secret_basic", "client_secret_post"];
    let by_secret_or_none = ["client_secret_basic", "client_secret_post", "none"];
    let metadata = json!({
        "issuer": issuer,
        "authorization_endpoint": at("authorize"),
        "token_endpoint": at("token"),
        "userinfo_endpoint": at("userinfo"),
        "jwks_uri": at("jwks"),
        "revocation_endpoint": at("revoke"),
        "introspection_endpoint": at("introspect"),
        "end_session_endpoint": at("logout"),
        "scopes_supported": Permission::ALL,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": by_secret_or_none,
        "revocation_endpoint_auth_methods_supported": by_secret_or_none,
        "introspection_endpoint_auth_methods_supported": by_secret,
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "claims_supported": [
            "sub", "iss", "aud", "exp", "iat", "sid", "auth_time", "nonce", "amr", "at_hash",
            "name", "locale", "zoneinfo", "email",
        ],
        "authorization_response_iss_parameter_supported": true,
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
    });
    ([(CACHE_CONTROL, KEPT)], Json(metadata)).into_response()
}

/// The keys by which tokens are checked (RFC 7517).
#[utoipa::path(get, path = "/oauth2/jwks", operation_id = "oauth.keys", tag = "oauth",
    responses((status = 200, description = "A JWK set.", body = Object)))]
pub(super) async fn keys(State(app): State<App>) -> Response {
    ([(CACHE_CONTROL, KEPT)], Json(app.tokens.published())).into_response()
}
