//! Where a cabinet stands: in the tree of organisations, and with the business.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Cabinet, CabinetId, Command, Event, Refusal};
use crate::DecisionContext;

/// The most levels that the tree may have (ORG-1).
pub const MAX_DEPTH: usize = 10;

/// Whether a cabinet is in use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CabinetStanding)]
pub enum CabinetStatus {
    #[default]
    Active,
    /// It reads, and can neither invite nor transfer nor activate (ORG-9).
    Suspended,
    /// Nothing happens to it any more.
    Closed,
}

/// What a decision must know of other cabinets, and of what a cabinet holds.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The requested parent and those above it, up to the root; empty if there is no such cabinet, or
    /// it is closed.
    pub above: Vec<CabinetId>,
    /// How many levels of cabinets are below this one.
    pub below: usize,
    /// Whether the actor may manage the cabinet that shall be above.
    pub manages_parent: bool,
    /// How many cabinets are directly below, licences are active, issues are open.
    pub children: usize,
    pub licenses: usize,
    pub issues: usize,
    /// How many administrators of its own are active.
    pub administrators: usize,
}

/// The set of the cabinets that are directly below one.
pub fn children_set(cabinet: CabinetId) -> String {
    format!("cabinet_of/{cabinet}")
}

/// Fails if it cannot be below the requested parent (ORG-1).
pub(super) fn check_parent(case: &DecisionContext<Facts>) -> Result<(), Refusal> {
    let Facts { above, below, .. } = &case.facts;
    let levels = above.len() + 1 + below;
    match above {
        above if above.is_empty() => Err(Refusal::UnknownParent),
        above if above.contains(&case.id.into()) => Err(Refusal::Cycle),
        _ if levels > MAX_DEPTH => Err(Refusal::TooDeep { levels }),
        _ => Ok(()),
    }
}

impl Cabinet {
    pub(super) fn decide_hierarchy(
        &self,
        command: Command,
        case: &DecisionContext<Facts>,
    ) -> Result<Option<Event>, Refusal> {
        let facts = &case.facts;
        let event = match command {
            Command::Attach { parent } => return self.attach(parent, case),
            Command::Move { parent } if self.parent == Some(parent) => None,
            Command::Move { parent } => {
                self.parent.ok_or(Refusal::NotAttached)?;
                check_parent(case)?;
                // ORG-2: a move cannot be requested from the other side.
                if !facts.manages_parent {
                    return Err(Refusal::NeedsConsent);
                }
                Some(Event::Moved { parent })
            }
            Command::AcceptAttachment {} => {
                let parent = self.requested_parent.ok_or(Refusal::NotAsked)?;
                check_parent(case)?;
                Some(Event::Attached { parent })
            }
            Command::DeclineAttachment {} => {
                self.requested_parent.ok_or(Refusal::NotAsked)?;
                Some(Event::AttachmentDeclined {})
            }
            Command::Detach {} => match (self.parent, self.requested_parent) {
                (Some(_), _) => Some(Event::Detached {}),
                (None, Some(_)) => Some(Event::AttachmentDeclined {}),
                (None, None) => return Err(Refusal::NotAttached),
            },
            Command::Suspend { reason } => {
                (self.status == CabinetStatus::Active).then_some(Event::Suspended { reason })
            }
            Command::Reinstate {} => {
                (self.status == CabinetStatus::Suspended).then_some(Event::Reinstated {})
            }
            Command::Close {} => {
                let Facts { children, licenses, issues, .. } = *facts;
                if children + licenses + issues > 0 {
                    return Err(Refusal::NotEmpty { children, licenses, issues });
                }
                Some(Event::Closed {})
            }
            Command::SetPolicy { vendor_managed } => {
                if !vendor_managed && facts.administrators == 0 {
                    return Err(Refusal::NoAdministrator);
                }
                (vendor_managed != self.vendor_managed)
                    .then_some(Event::PolicySet { vendor_managed })
            }
            // Decided by the caller.
            Command::Create { .. }
            | Command::Provision { .. }
            | Command::ChangeDetails { .. }
            | Command::ChangeType { .. } => None,
        };
        Ok(event)
    }

    /// ORG-2: at once, if the actor manages both sides; otherwise the other side is asked.
    fn attach(
        &self,
        parent: CabinetId,
        case: &DecisionContext<Facts>,
    ) -> Result<Option<Event>, Refusal> {
        match self.parent {
            Some(above) if above == parent => return Ok(None),
            Some(_) => return Err(Refusal::AlreadyAttached),
            None => {}
        }
        if case.facts.manages_parent {
            check_parent(case)?;
            return Ok(Some(Event::Attached { parent }));
        }
        // An actor without rights there does not learn whether there is such a cabinet: that is checked
        // when the request is accepted.
        if parent == case.id.into() {
            return Err(Refusal::Cycle);
        }
        Ok((self.requested_parent != Some(parent)).then_some(Event::AttachmentRequested { parent }))
    }
}

#[cfg(test)]
mod tests;
