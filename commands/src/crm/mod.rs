//! Commands of customers.

mod customer;

use domain::{crm::customer::CustomerId, platform::subject::Subject};

use crate::{AggregateReader, ReadError};

/// Whether a customer exists, and is neither archived nor erased.
pub(crate) async fn is_active_customer(
    aggregates: &AggregateReader,
    customer: CustomerId,
) -> Result<bool, ReadError> {
    let active = aggregates.load(customer).await?.is_active();
    Ok(active && !aggregates.load::<Subject>(customer.uuid().into()).await?.is_erased())
}
