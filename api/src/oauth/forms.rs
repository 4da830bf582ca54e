//! The parameters and forms of the OAuth endpoints for the `OpenAPI` document; requests are read by [`OAuthParams`].
//!
//! [`OAuthParams`]: super::params::OAuthParams

use utoipa::{IntoParams, IntoResponses, ToSchema};

/// What an application asks of somebody (RFC 6749, 4.1.1; `OpenID` Connect Core, 3.1.2.1).
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes")]
pub(super) struct AuthorizationParamsDoc {
    /// `code`
    response_type: String,
    /// The application.
    client_id: String,
    /// Exactly as registered.
    redirect_uri: String,
    /// The requested permissions, separated by blanks.
    scope: Option<String>,
    /// Returned unchanged.
    state: Option<String>,
    /// Returned in the ID token.
    nonce: Option<String>,
    /// The PKCE challenge; always required.
    code_challenge: String,
    /// `S256`
    code_challenge_method: String,
    /// `none`, `login`, `consent` or `select_account`, separated by blanks.
    prompt: Option<String>,
    /// How long ago the user may have authenticated, in seconds.
    max_age: Option<i64>,
    /// The address with which the user will probably sign in.
    login_hint: Option<String>,
}

/// What a browser is answered that somebody sits in front of.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "it only describes")]
pub(super) enum PageResponses {
    /// The next page.
    #[response(status = 200, content_type = "text/html")]
    Page(String),
    /// Back to the application.
    #[response(status = 303)]
    Redirect,
    /// A page with an error message.
    #[response(status = 400, content_type = "text/html")]
    Error(String),
}

/// The form of the sign-in page.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it only describes")]
pub(super) struct SignInForm {
    /// The application's request, to be continued.
    request: String,
    login: String,
    password: Option<String>,
    /// The code of an authenticator, or a recovery code.
    code: Option<String>,
    /// `organisation`: sign in there.
    at: Option<String>,
}

/// The form of the consent page.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it only describes")]
pub(super) struct ConsentForm {
    request: String,
    /// The proof that the user authenticated as the request requires.
    accepted: String,
    /// `allow` or `deny`
    answer: String,
}

/// Where somebody wants to go who signs in at the provider of their organisation.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes")]
pub(super) struct SignInToPortalParamsDoc {
    /// A page of the portal, such as `/licenses`; else the first one.
    to: Option<String>,
}

/// The answer of an organisation's provider (RFC 6749, 4.1.2; RFC 9207).
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes")]
pub(super) struct CallbackParamsDoc {
    /// As it was sent to the provider.
    state: String,
    /// To be redeemed at the provider, if the user signed in.
    code: Option<String>,
    /// The issuer: the provider that answers.
    iss: Option<String>,
    /// Why the user did not sign in.
    error: Option<String>,
}

/// What an application shows to get tokens (RFC 6749, 4.1.3, 4.4.2 and 6). One that keeps a secret
/// says who it is here or by HTTP Basic.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it only describes")]
pub(super) struct TokenForm {
    /// `authorization_code`, `refresh_token` or `client_credentials`
    grant_type: String,
    code: Option<String>,
    redirect_uri: Option<String>,
    /// The PKCE verifier.
    code_verifier: Option<String>,
    refresh_token: Option<String>,
    scope: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
}

/// A token to be introspected or revoked (RFC 7009; RFC 7662).
#[derive(ToSchema)]
#[expect(dead_code, reason = "it only describes")]
pub(super) struct PresentedToken {
    token: String,
    token_type_hint: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
}

/// How an application has somebody signed out (`OpenID` Connect RP-Initiated Logout).
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes")]
pub(super) struct LogoutParams {
    /// The ID token of the session that is to end; it may have expired.
    id_token_hint: Option<String>,
    /// The application, if there is no ID token.
    client_id: Option<String>,
    /// Where the user goes afterwards, exactly as registered.
    post_logout_redirect_uri: Option<String>,
    /// Returned unchanged.
    state: Option<String>,
}

/// An error (RFC 6749, 5.2).
#[derive(ToSchema)]
#[expect(dead_code, reason = "it only describes")]
pub(super) struct OAuthErrorBody {
    error: String,
    error_description: String,
}
