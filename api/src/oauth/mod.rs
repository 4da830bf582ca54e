//! An OAuth 2 and `OpenID` Connect server for the other applications of the business.
//!
//! How it implements RFC 9700, and where:
//!
//! | section | what | where |
//! | --- | --- | --- |
//! | 2.1, 4.1 | redirect URIs are compared letter by letter; nobody is redirected elsewhere | [`request`] |
//! | 2.1, 4.4 | the answer names its issuer (RFC 9207) | [`redirect`] |
//! | 2.1.1, 4.5 | codes are for one client, one use and one minute, with PKCE by S256 always; a second use ends what the first began | [`codes`], [`token`] |
//! | 2.1.2, 2.4 | no implicit grant, no password grant | [`request`], [`token`] |
//! | 2.2.2, 4.14 | refresh tokens rotate; one that comes twice ends its session | [`crate::auth`] |
//! | 2.3 | access tokens are for this API, for ten minutes, for what was agreed to | [`crate::authenticator`] |
//! | 2.5 | secrets of 256 random bits, known by their hashes, compared in constant time | [`client`] |
//! | 4.2, 4.3 | no codes or tokens in referrers, histories or caches | [`pages`], [`redirect`] |
//! | 4.7 | forms are accepted from our own pages only; cookies are `SameSite` | [`browser`] |
//! | 4.8 | a verifier without a challenge is no more accepted than the reverse | [`token`] |
//! | 4.11, 4.12 | redirects with 303, to registered addresses only | [`redirect`] |
//! | 4.16 | pages cannot be framed | [`pages`] |

mod authorize;
mod browser;
mod client;
mod codes;
mod continuation;
mod discovery;
mod error;
mod federation;
mod forms;
mod introspect;
mod logout;
mod pages;
mod params;
mod redirect;
mod request;
mod revoke;
mod texts;
mod token;
mod userinfo;

pub(crate) use browser::SignedInUser;
pub(crate) use federation::{provider_of_domain, provider_sign_in_path};
use utoipa_axum::routes;

use crate::routes::Routes;

/// Routes at the root, without a version, as OAuth clients expect them.
pub(crate) fn routes() -> Routes {
    Routes::default()
        .public(routes!(discovery::openid_metadata))
        .public(routes!(discovery::server_metadata))
        .public(routes!(discovery::jwks))
        .public(routes!(authorize::authorize))
        .public(routes!(authorize::sign_in))
        .public(routes!(authorize::consent))
        .public(routes!(federation::sign_in_to_portal))
        .public(routes!(federation::callback))
        .public(routes!(token::token))
        .public(routes!(userinfo::userinfo))
        .public(routes!(revoke::revoke))
        .public(routes!(introspect::introspect))
        .public(routes!(logout::logout))
}
