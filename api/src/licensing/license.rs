use commands::policy::Right;
use domain::{
    Parameters,
    licensing::license::{Command, License},
};
use projections::{
    licensing::license::{self, LICENSES},
    listing::Listing,
};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

use crate::{App, resource::resource, visible::Visible};

impl Visible for License {
    const SEEN: Right = Right::LicensesRead;
    const LISTING: &'static Listing = &LICENSES;
}

pub(super) fn routes() -> OpenApiRouter<App> {
    resource::<License>("/licenses")
        .create("issue")
        .without(&["change_parameters", "change_quantity", "expire", "notice_expiry"])
        .patch(Patch::commands)
        .list::<license::License>()
        .item::<license::License>()
        .history()
        .routes()
}

/// What may be changed in a licence.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LicensePatch)]
struct Patch {
    /// All of them, as the product declares them.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    parameters: Option<Parameters>,
    /// How many seats.
    #[serde(default)]
    #[schema(minimum = 1)]
    quantity: Option<u32>,
}

impl Patch {
    fn commands(self) -> Vec<Command> {
        let Self { parameters, quantity } = self;
        let parameters = parameters.map(|parameters| Command::ChangeParameters { parameters });
        let quantity = quantity.map(|quantity| Command::ChangeQuantity { quantity });
        parameters.into_iter().chain(quantity).collect()
    }
}
