//! Endpoints of licenses.

use commands::policy::Right;
use domain::{
    Parameters,
    identity::{Actor, Role},
    licensing::license::{Command, CommandKind, License},
};
use projections::{
    licensing::license::{self, LICENSES, PSEUDONYMOUS_LICENSES},
    listing::Listing,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::document;
use crate::{resource::resource, routes::Routes, visible::Visible};

impl Visible for License {
    const READ_RIGHT: Right = Right::LicensesRead;
    const LISTING: &'static Listing = &LICENSES;

    /// Analysts know organisations by their ids.
    fn listing(actor: &Actor) -> &'static Listing {
        if actor.role == Role::Analyst { &PSEUDONYMOUS_LICENSES } else { &LICENSES }
    }
}

pub(super) fn routes() -> Routes {
    resource::<License>("/licenses")
        .create(CommandKind::Issue)
        .patch(CommandKind::ChangeParameters, Patch::commands)
        .commands(&[
            CommandKind::Renew,
            CommandKind::Suspend,
            CommandKind::Reinstate,
            CommandKind::Revoke,
        ])
        .list::<license::License>()
        .item_with_pdf::<license::License>(document::respond)
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
