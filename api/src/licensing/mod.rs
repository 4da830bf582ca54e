//! Routes of licensing: licenses.

mod license;

use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    license::routes()
}
