//! Who may use what, until when.

mod license;

use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    license::routes()
}
