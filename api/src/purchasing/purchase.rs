use commands::policy::Right;
use domain::purchasing::purchase::Purchase;
use projections::{
    listing::Listing,
    purchasing::purchase::{self, PURCHASES},
};

use crate::{resource::resource, routes::Routes, visible::Visible};

impl Visible for Purchase {
    const READ_RIGHT: Right = Right::PurchasesRead;
    const LISTING: &'static Listing = &PURCHASES;
}

/// Purchases change by what purchase systems tell of them, and by nothing else.
pub(super) fn routes() -> Routes {
    resource::<Purchase>("/purchases")
        .list::<purchase::Purchase>()
        .item::<purchase::Purchase>()
        .history()
        .routes()
}
