//! Routes of support: issues, their comments and attachments.

mod attachment;
mod comment;
mod issue;
mod r#macro;

use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .merge(issue::routes())
        .merge(attachment::routes())
        .merge(comment::routes())
        .merge(r#macro::routes())
}
