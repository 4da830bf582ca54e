//! Routes of identity: users, sessions, service accounts, OAuth clients, identity providers, impersonations,
//! preferences.

mod authorization;
mod impersonation;
mod me;
mod oauth_client;
mod preferences;
mod provider;
mod service_account;
mod session;
mod user;

use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .merge(authorization::routes())
        .merge(impersonation::routes())
        .merge(me::routes())
        .merge(oauth_client::routes())
        .merge(preferences::routes())
        .merge(provider::routes())
        .merge(service_account::routes())
        .merge(session::routes())
        .merge(user::routes())
}
