//! The ids of this context, by which the others name what is in it. An id knows nothing of what it
//! identifies: the type only keeps one kind from being taken for another.

use super::{
    authorization::Authorization,
    impersonation::Impersonation,
    oauth_client::OAuthClient,
    preferences::Preferences,
    provider::Provider,
    service_account::{ApiKey, ServiceAccount},
    session::Session,
    user::User,
};
use crate::Id;

pub type AuthorizationId = Id<Authorization>;
pub type ImpersonationId = Id<Impersonation>;
pub type OAuthClientId = Id<OAuthClient>;
/// That of the user who prefers it.
pub type PreferencesId = Id<Preferences>;
pub type ProviderId = Id<Provider>;
pub type ServiceAccountId = Id<ServiceAccount>;
pub type ApiKeyId = Id<ApiKey>;
pub type SessionId = Id<Session>;
pub type UserId = Id<User>;

impl AuthorizationId {
    /// What this user allows this application: there is one such thing for the two.
    pub fn of_user_and_client(user: UserId, client: OAuthClientId) -> Self {
        Self::derived(&["authorization", &user.to_string(), &client.to_string()])
    }
}
