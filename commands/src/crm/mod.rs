//! Commands of customers.

mod customer;

use domain::{crm::customer::CustomerId, platform::subject::Subject};

use crate::{Lookup, LookupError};

/// Whether a customer exists, and is neither archived nor erased.
pub(crate) async fn is_active_customer(
    lookup: &Lookup,
    customer: CustomerId,
) -> Result<bool, LookupError> {
    let active = lookup.load(customer).await?.is_active();
    Ok(active && !lookup.load::<Subject>(customer.uuid().into()).await?.is_erased())
}
