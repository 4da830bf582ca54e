//! Server metadata and signing keys, by which clients configure themselves (`OpenID` Connect Discovery; RFC 8414; RFC 7517).

use axum::{
    Json,
    extract::State,
    http::header::CACHE_CONTROL,
    response::{IntoResponse, Response},
};
use domain::identity::oauth_client::Permission;
use serde_json::json;

use crate::App;

/// Copies expire before a newly published key begins to sign (IAM-10).
const CACHE_POLICY: &str = "public, max-age=300";

/// The server's metadata (`OpenID` Connect Discovery).
#[utoipa::path(get, path = "/.well-known/openid-configuration", operation_id = "oauth.discover",
    tag = "oauth",
    responses((status = 200, description = "The metadata.", body = Object)))]
pub(super) async fn openid_metadata(State(app): State<App>) -> Response {
    metadata(&app)
}

/// The server's metadata (RFC 8414).
#[utoipa::path(get, path = "/.well-known/oauth-authorization-server",
    operation_id = "oauth.discover_server", tag = "oauth",
    responses((status = 200, description = "The metadata.", body = Object)))]
pub(super) async fn server_metadata(State(app): State<App>) -> Response {
    metadata(&app)
}

fn metadata(app: &App) -> Response {
    let issuer = app.tokens.issuer();
    let endpoint = |path: &str| format!("{issuer}/oauth2/{path}");
    let secret_methods = ["client_secret_basic", "client_secret_post"];
    let client_methods = ["client_secret_basic", "client_secret_post", "none"];
    let metadata = json!({
        "issuer": issuer,
        "authorization_endpoint": endpoint("authorize"),
        "token_endpoint": endpoint("token"),
        "userinfo_endpoint": endpoint("userinfo"),
        "jwks_uri": endpoint("jwks"),
        "revocation_endpoint": endpoint("revoke"),
        "introspection_endpoint": endpoint("introspect"),
        "end_session_endpoint": endpoint("logout"),
        "scopes_supported": Permission::ALL,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": client_methods,
        "revocation_endpoint_auth_methods_supported": client_methods,
        "introspection_endpoint_auth_methods_supported": secret_methods,
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
    ([(CACHE_CONTROL, CACHE_POLICY)], Json(metadata)).into_response()
}

/// The keys that verify our tokens (RFC 7517).
#[utoipa::path(get, path = "/oauth2/jwks", operation_id = "oauth.keys", tag = "oauth",
    responses((status = 200, description = "A JWK set.", body = Object)))]
pub(super) async fn jwks(State(app): State<App>) -> Response {
    ([(CACHE_CONTROL, CACHE_POLICY)], Json(app.tokens.public_keys())).into_response()
}
