//! Routes of the CRM: customers.

mod customer;

use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    customer::routes()
}
