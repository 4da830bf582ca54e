use commands::policy::Right;
use domain::purchasing::purchase::Purchase;
use projections::purchasing::purchase::{self, PURCHASES};
use utoipa_axum::router::OpenApiRouter;

use crate::{App, resource::resource};

/// Purchases change by what purchase systems tell of them, and by nothing else.
pub(super) fn routes() -> OpenApiRouter<App> {
    resource::<Purchase>("/purchases", Right::PurchasesRead)
        .without(&["receive", "give_up", "fulfil_line", "discard_line"])
        .list::<purchase::Purchase>(&PURCHASES)
        .item::<purchase::Purchase>(&PURCHASES)
        .routes()
}
