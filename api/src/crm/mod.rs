//! Whom the business knows.

mod customer;

use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    customer::routes()
}
