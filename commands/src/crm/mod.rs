//! Who the customers are.

mod customer;

use domain::{crm::customer::CustomerId, platform::subject::Subject};

use crate::{Lookup, Lost};

/// Whether something can be done for a customer: there is one, neither archived nor erased.
pub(crate) async fn is_active(lookup: &Lookup, customer: CustomerId) -> Result<bool, Lost> {
    let known = lookup.load(customer).await?.is_active();
    Ok(known && !lookup.load::<Subject>(customer.uuid().into()).await?.is_erased())
}
