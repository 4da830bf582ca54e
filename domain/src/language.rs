//! The languages that the business writes in.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::macros::display_as_serialized;

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

display_as_serialized!(Language);

impl Language {
    /// What is said in this language; where nothing is, what is said in English, or in the first language that
    /// there is.
    pub fn best_text<T>(self, texts: &BTreeMap<Self, T>) -> Option<&T> {
        let found = texts.get(&self).or_else(|| texts.get(&Self::En));
        found.or_else(|| texts.values().next())
    }
}
