//! The people behind the data, and the machine itself.

mod subject;

use utoipa_axum::router::OpenApiRouter;

use crate::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    subject::routes()
}
