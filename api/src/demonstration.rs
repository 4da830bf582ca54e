//! Whether this deployment shows the demonstration business, which every page says.

use std::sync::{Arc, OnceLock};

use domain::{Language, identity::Role};
use serde::Serialize;
use utoipa::ToSchema;

/// What whoever looks at the demonstration may know.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Demonstration {
    /// The password of all its accounts, where everybody may know it: on a server that only its own machine reaches.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub password: Option<String>,
    /// Whom one may sign in as with it.
    pub accounts: Vec<DemonstrationAccount>,
}

/// An account of the demonstration.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct DemonstrationAccount {
    #[schema(example = "ada@salon.example")]
    pub login: &'static str,
    pub role: Role,
    /// What they read in.
    pub language: Language,
    /// Whether they are a customer.
    pub is_customer: bool,
}

/// The demonstration, once it is loaded. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct LoadedDemonstration(Arc<OnceLock<Demonstration>>);

impl LoadedDemonstration {
    /// It is loaded, and stays so.
    pub fn set(&self, demonstration: Demonstration) {
        self.0.get_or_init(|| demonstration);
    }

    /// Nothing as long as this deployment has none.
    pub(crate) fn get(&self) -> Option<&Demonstration> {
        self.0.get()
    }
}
