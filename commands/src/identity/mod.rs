mod authorization;
mod impersonation;
mod oauth_client;
mod provider;
mod service_account;
mod session;
mod user;

use domain::identity::{
    authorization::Authorization, impersonation::Impersonation, oauth_client::OAuthClient,
    provider::Provider, service_account::ServiceAccount, session::Session, user::User,
};

use crate::ForEach;

pub(crate) fn for_each(each: &mut impl ForEach) {
    each.aggregate::<Authorization>();
    each.aggregate::<Impersonation>();
    each.aggregate::<OAuthClient>();
    each.aggregate::<Provider>();
    each.aggregate::<ServiceAccount>();
    each.aggregate::<Session>();
    each.aggregate::<User>();
}
