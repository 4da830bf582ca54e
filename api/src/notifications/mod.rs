//! Routes of notifications: each user's inbox.

mod notification;

use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    notification::routes()
}
