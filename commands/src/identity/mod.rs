mod impersonation;
mod service_account;
mod session;
mod user;

use domain::identity::{
    impersonation::Impersonation, service_account::ServiceAccount, session::Session, user::User,
};

use crate::ForEach;

pub(crate) fn for_each(each: &mut impl ForEach) {
    each.aggregate::<Impersonation>();
    each.aggregate::<ServiceAccount>();
    each.aggregate::<Session>();
    each.aggregate::<User>();
}
