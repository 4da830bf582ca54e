//! Cabinets: the client organisations, and who acts in them.

mod cabinet;
mod invitation;
mod membership;
mod mine;

use utoipa_axum::router::OpenApiRouter;

use crate::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .merge(cabinet::routes())
        .merge(invitation::routes())
        .merge(membership::routes())
        .merge(mine::routes())
}
