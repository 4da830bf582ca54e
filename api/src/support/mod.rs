//! Routes of support: issues and their comments.

mod comment;
mod issue;
mod r#macro;

use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    Routes::default().merge(issue::routes()).merge(comment::routes()).merge(r#macro::routes())
}
