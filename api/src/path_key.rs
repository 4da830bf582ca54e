//! How addresses name aggregates: most by their ids.

use domain::Id;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use crate::describe::path_parameter;

/// How an address names one `H`: the parts of the path, by their names.
pub(crate) trait PathKey<H>: DeserializeOwned + Send + 'static {
    /// The end of its address, behind the collection's.
    const PATH: &'static str;

    /// Those parts, as OpenAPI describes parameters.
    fn parameters() -> Vec<Value>;

    fn id(self) -> Id<H>;
}

/// The way in which most are named.
#[derive(Deserialize)]
#[serde(bound = "")]
pub(crate) struct ById<H> {
    id: Id<H>,
}

impl<H: 'static> PathKey<H> for ById<H> {
    const PATH: &'static str = "{id}";

    fn parameters() -> Vec<Value> {
        vec![path_parameter::<Id<H>>("id")]
    }

    fn id(self) -> Id<H> {
        self.id
    }
}
