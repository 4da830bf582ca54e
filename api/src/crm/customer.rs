//! Endpoints of customers.

use commands::policy::Right;
use domain::crm::{
    Renaming,
    customer::{Command, CommandKind, Customer},
};
use projections::{
    crm::customer::{self, CUSTOMERS},
    listing::Listing,
};

use crate::{resource::resource, routes::Routes, visible::Visible};

impl Visible for Customer {
    const READ_RIGHT: Right = Right::CustomersRead;
    const LISTING: &'static Listing = &CUSTOMERS;
}

pub(super) fn routes() -> Routes {
    resource::<Customer>("/customers")
        .create(CommandKind::Create)
        .patch(CommandKind::Rename, |renaming: Renaming| vec![Command::Rename(renaming)])
        .delete(|| Command::Archive {})
        .commands(&[
            CommandKind::Rename,
            CommandKind::AddContactPoint,
            CommandKind::RemoveContactPoint,
            CommandKind::SetPrimaryContactPoint,
            CommandKind::AddAddress,
            CommandKind::ChangeAddress,
            CommandKind::RemoveAddress,
            CommandKind::Archive,
            CommandKind::Restore,
        ])
        .list::<customer::Customer>()
        .item::<customer::Customer>()
        .history()
        .routes()
}
