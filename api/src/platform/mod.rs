//! Routes of the platform: the business itself, and erasure of personal data.

pub(crate) mod business;
mod subject;

use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    business::routes().merge(subject::routes())
}
