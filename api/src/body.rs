//! The body of a response that is neither an item nor a list of a read model: `{"data": …}`.

use serde::Serialize;
use utoipa::ToSchema;

// Without a doc comment, as that would be part of the contract.
#[derive(Serialize, ToSchema)]
#[schema(as = Answer)]
pub(crate) struct DataBody<T> {
    pub(crate) data: T,
}
