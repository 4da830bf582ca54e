//! Where somebody is found.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Country, Text};

/// A postal address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// Street and number, or whatever stands in their place; several lines are allowed.
    pub street: Text<200>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<Text<20>>,
    pub city: Text<100>,
    /// State, province or county, where addresses have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Text<100>>,
    pub country: Country,
}
