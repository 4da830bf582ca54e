//! The plain form of an answer that is neither an item nor a list of a read model.

use serde::Serialize;
use utoipa::ToSchema;

// Its description would be part of the contract.
#[derive(Serialize, ToSchema)]
pub(crate) struct Answer<T> {
    pub(crate) data: T,
}
