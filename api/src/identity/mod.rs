//! Users, where they are signed in, programs, and who acts in whose name.

mod impersonation;
mod service_account;
mod session;
mod user;

use utoipa_axum::router::OpenApiRouter;

use crate::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .merge(impersonation::routes())
        .merge(service_account::routes())
        .merge(session::routes())
        .merge(user::routes())
}
