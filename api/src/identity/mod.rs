//! Users, programs, and who acts in whose name.

mod impersonation;
mod service_account;
mod user;

use utoipa_axum::router::OpenApiRouter;

use crate::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .merge(impersonation::routes())
        .merge(service_account::routes())
        .merge(user::routes())
}
