//! Routes of notifications: each user's inbox, and what they want to be mailed.

mod notification;
mod preferences;

use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    notification::routes().merge(preferences::routes())
}
