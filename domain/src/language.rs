//! The languages that the business writes in.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A language that messages are written in.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    #[default]
    En,
    De,
    Ru,
    Fr,
}
