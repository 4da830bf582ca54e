//! Routes of documents: their templates, and how those would look.

mod preview;
mod template;
mod trial;

use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    template::routes().merge(preview::routes())
}
