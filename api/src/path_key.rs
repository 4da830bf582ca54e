//! How paths identify aggregates: most by their ids.

use domain::Id;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use crate::describe::path_parameter;

/// The path parameters that identify one `A`.
pub(crate) trait PathKey<A>: DeserializeOwned + Send + 'static {
    /// The path of an item, behind that of the collection.
    const PATH: &'static str;

    /// The parameters in OpenAPI.
    fn parameters() -> Vec<Value>;

    fn id(self) -> Id<A>;
}

/// Identifies an aggregate by its id.
#[derive(Deserialize)]
#[serde(bound = "")]
pub(crate) struct ById<A> {
    id: Id<A>,
}

impl<A: 'static> PathKey<A> for ById<A> {
    const PATH: &'static str = "/{id}";

    fn parameters() -> Vec<Value> {
        vec![path_parameter::<Id<A>>("id")]
    }

    fn id(self) -> Id<A> {
        self.id
    }
}
