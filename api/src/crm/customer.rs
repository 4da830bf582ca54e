use commands::policy::Right;
use domain::crm::{
    Renaming,
    customer::{Command, Customer},
};
use projections::crm::customer::{self, CUSTOMERS};
use utoipa_axum::router::OpenApiRouter;

use crate::{App, resource::resource};

pub(super) fn routes() -> OpenApiRouter<App> {
    resource::<Customer>("/customers", Right::CustomersRead)
        .create("create")
        .patch(|renaming: Renaming| vec![Command::Rename(renaming)])
        .delete(|| Command::Archive {})
        .list::<customer::Customer>(&CUSTOMERS)
        .item::<customer::Customer>(&CUSTOMERS)
        .history(&CUSTOMERS, |_, _| true)
        .routes()
}
