//! Routes of documents: their templates, what those begin with, and how they would look.

#[expect(unused_qualifications, reason = "utoipa writes the path of parameters out")]
mod built_in;
mod preview;
mod template;
mod trial;

use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    template::routes().merge(preview::routes()).merge(built_in::routes())
}
