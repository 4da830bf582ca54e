//! Routes of the platform: the business itself, the demonstration of one, and erasure of personal data.

pub(crate) mod business;
mod demonstration;
mod subject;

use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    business::routes().merge(demonstration::routes()).merge(subject::routes())
}
