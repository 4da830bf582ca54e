//! How paths identify aggregates: most by their ids.

use domain::Id;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use crate::describe::path_parameter;

/// The path parameters that identify one `H`.
pub(crate) trait PathKey<H>: DeserializeOwned + Send + 'static {
    /// The path of an item, behind that of the collection.
    const PATH: &'static str;

    /// The parameters in OpenAPI.
    fn parameters() -> Vec<Value>;

    fn id(self) -> Id<H>;
}

/// Identifies an aggregate by its id.
#[derive(Deserialize)]
#[serde(bound = "")]
pub(crate) struct ById<H> {
    id: Id<H>,
}

impl<H: 'static> PathKey<H> for ById<H> {
    const PATH: &'static str = "/{id}";

    fn parameters() -> Vec<Value> {
        vec![path_parameter::<Id<H>>("id")]
    }

    fn id(self) -> Id<H> {
        self.id
    }
}
