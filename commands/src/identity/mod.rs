mod impersonation;
mod service_account;
mod user;

use domain::identity::{impersonation::Impersonation, service_account::ServiceAccount, user::User};

use crate::ForEach;

pub(crate) fn for_each(each: &mut impl ForEach) {
    each.aggregate::<Impersonation>();
    each.aggregate::<ServiceAccount>();
    each.aggregate::<User>();
}
