use commands::policy::Right;
use domain::crm::{
    Renaming,
    customer::{Command, Customer},
};
use projections::{
    crm::customer::{self, CUSTOMERS},
    listing::Listing,
};
use utoipa_axum::router::OpenApiRouter;

use crate::{App, resource::resource, visible::Visible};

impl Visible for Customer {
    const SEEN: Right = Right::CustomersRead;
    const LISTING: &'static Listing = &CUSTOMERS;
}

pub(super) fn routes() -> OpenApiRouter<App> {
    resource::<Customer>("/customers")
        .create("create")
        .patch(|renaming: Renaming| vec![Command::Rename(renaming)])
        .delete(|| Command::Archive {})
        .list::<customer::Customer>()
        .item::<customer::Customer>()
        .history()
        .routes()
}
