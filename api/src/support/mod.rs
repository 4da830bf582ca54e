//! Who needs help, and what was said.

mod comment;
mod issue;

use utoipa_axum::router::OpenApiRouter;

use crate::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().merge(issue::routes()).merge(comment::routes())
}
