//! Routes of notifications: each user's inbox, what is announced, and what they want to be mailed.

mod announcement;
mod notification;
mod preferences;

use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    announcement::routes().merge(notification::routes()).merge(preferences::routes())
}
