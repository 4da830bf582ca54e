//! A scenario: what-if, by other policies over the same facts.
//!
//! ANA-4: it changes policies, never facts. What was booked, ordered, renewed or revoked stays so, at the same
//! time; what follows from a policy follows from another one. Only a renewal that would not have been possible is
//! left out: of a licence that would never have ended, or not before the end that was agreed on.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Fault, IssuanceChange, Keyword, PriceChange, Text, catalog::ProductId, scheduling::ServiceId,
};

/// How many policies a scenario changes at most.
pub const MAX_OVERRIDES: usize = 20;

/// What would have been under other policies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it is called, wherever something of it is shown. All analysts read it. No names of people: it is never
    /// erased.
    pub label: Text<100>,
    #[schema(min_items = 1, max_items = 20)]
    pub overrides: Vec<PolicyOverride>,
}

/// What takes the place of a policy. For a service or product that has an override of its own, the one for all does
/// not count at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum PolicyOverride {
    /// Other prices.
    ServicePrice {
        /// Of this service; of all services, if none is named.
        #[serde(default)]
        service: Option<ServiceId>,
        change: PriceChange,
    },
    /// Other rules by which licences are issued and renewed.
    Issuance {
        /// Of this product; of all products, if none is named.
        #[serde(default)]
        product: Option<ProductId>,
        change: IssuanceChange,
    },
}

impl Scenario {
    /// What is wrong with it, below a pointer. `unknown` are the overrides, from 0, that name what does not exist.
    pub fn faults(&self, at: &str, unknown: &BTreeSet<usize>) -> Vec<Fault> {
        let count = self.overrides.len();
        let at = format!("{at}/overrides");
        let limit = match count {
            0 => Some((Keyword::MinItems, 1)),
            _ => (count > MAX_OVERRIDES).then_some((Keyword::MaxItems, MAX_OVERRIDES)),
        };
        if let Some((keyword, limit)) = limit {
            let fault = Fault::new(at, format!("it changes 1 to {MAX_OVERRIDES} policies"));
            return vec![fault.with_keyword(keyword, Some(limit.into()))];
        }
        let numbered = self.overrides.iter().enumerate();
        let faults = numbered.flat_map(|(index, policy)| {
            let at = format!("{at}/{index}");
            let subject = policy.subject();
            let named = format!("{at}/{subject}");
            let is_repeated =
                self.overrides[..index].iter().any(|other| other.is_about_that_of(policy));
            let repeated =
                is_repeated.then(|| format!("another override is about the same {subject}"));
            let unknown = unknown.contains(&index).then(|| format!("there is no such {subject}"));
            let about_subject = repeated.into_iter().chain(unknown);
            let about_subject = about_subject.map(move |problem| Fault::new(&named, problem));
            policy.faults(&at).into_iter().chain(about_subject)
        });
        faults.collect()
    }

    /// What becomes of the price of a service.
    pub fn price_change(&self, id: ServiceId) -> Option<PriceChange> {
        let changes = self.overrides.iter().filter_map(|policy| match policy {
            PolicyOverride::ServicePrice { service, change } => Some((*service, *change)),
            PolicyOverride::Issuance { .. } => None,
        });
        of_one_or_all(&changes, id)
    }

    /// Whether it changes rules by which licences are issued.
    pub fn changes_issuance(&self) -> bool {
        self.overrides.iter().any(|policy| matches!(policy, PolicyOverride::Issuance { .. }))
    }

    /// What becomes of the rules by which licences of a product are issued.
    pub fn issuance_change(&self, id: ProductId) -> Option<&IssuanceChange> {
        let changes = self.overrides.iter().filter_map(|policy| match policy {
            PolicyOverride::Issuance { product, change } => Some((*product, change)),
            PolicyOverride::ServicePrice { .. } => None,
        });
        of_one_or_all(&changes, id)
    }
}

/// The change that names a thing; otherwise that of all.
fn of_one_or_all<I: PartialEq, C>(
    changes: &(impl Iterator<Item = (Option<I>, C)> + Clone),
    id: I,
) -> Option<C> {
    let find = |whose: Option<I>| changes.clone().find(|(named, _)| *named == whose);
    find(Some(id)).or_else(|| find(None)).map(|(_, change)| change)
}

impl PolicyOverride {
    /// The field that says whose policy it is.
    fn subject(&self) -> &'static str {
        match self {
            Self::ServicePrice { .. } => "service",
            Self::Issuance { .. } => "product",
        }
    }

    fn is_about_that_of(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::ServicePrice { service, .. }, Self::ServicePrice { service: other, .. }) => {
                service == other
            }
            (Self::Issuance { product, .. }, Self::Issuance { product: other, .. }) => {
                product == other
            }
            _ => false,
        }
    }

    fn faults(&self, at: &str) -> Vec<Fault> {
        let at = format!("{at}/change");
        match self {
            Self::ServicePrice { change, .. } => change.fault(&at).into_iter().collect(),
            Self::Issuance { change, .. } => change.faults(&at),
        }
    }
}

#[cfg(test)]
mod tests;
