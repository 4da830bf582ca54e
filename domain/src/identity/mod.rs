//! Accounts, sessions and applications: who signs in, and how.

mod ids;

pub mod authorization;
pub mod impersonation;
pub mod oauth_client;
pub mod preferences;
pub mod provider;
pub mod service_account;
pub mod session;
pub mod user;

pub use crate::access::{
    Actor, CabinetLimit, OwnScope, Owner, Reach, Right, Role, RowScope, Scope,
};

pub use ids::{
    ApiKeyId, AuthorizationId, ImpersonationId, OAuthClientId, PreferencesId, ProviderId,
    ServiceAccountId, SessionId, UserId,
};
