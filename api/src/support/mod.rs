//! Routes of support: issues and their comments.

mod comment;
mod issue;

use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    Routes::default().merge(issue::routes()).merge(comment::routes())
}
