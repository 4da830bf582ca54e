//! What people are told.

mod notification;

use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    notification::routes()
}
