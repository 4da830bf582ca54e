//! Where a cabinet stands: in the tree of organisations, and with the business.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Cabinet, CabinetId, Command, Event, Refusal};
use crate::Case;

/// How many levels the tree may have (ORG-1).
pub const DEEPEST: usize = 10;

/// How a cabinet stands with the business.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CabinetStanding)]
pub enum Standing {
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
    /// The cabinet that shall be above this one, and those above it, up to the root; none if there
    /// is no such cabinet, or it is closed.
    pub above: Vec<CabinetId>,
    /// How many levels of cabinets are below this one.
    pub below: usize,
    /// Whether whoever decides has a say in the cabinet that shall be above.
    pub may_above: bool,
    /// How many cabinets are directly below, licences are active, issues are open.
    pub children: usize,
    pub licenses: usize,
    pub issues: usize,
    /// How many administrators of its own are active.
    pub administrators: usize,
}

/// The set of the cabinets that are directly below one.
pub fn below(cabinet: CabinetId) -> String {
    format!("cabinet_of/{cabinet}")
}

/// Whether there is a place for it below the cabinet that shall be above (ORG-1).
pub(super) fn fits(case: &Case<Facts>) -> Result<(), Refusal> {
    let Facts { above, below, .. } = &case.facts;
    let levels = above.len() + 1 + below;
    match above {
        above if above.is_empty() => Err(Refusal::UnknownParent),
        above if above.contains(&case.id.into()) => Err(Refusal::Cycle),
        _ if levels > DEEPEST => Err(Refusal::TooDeep { levels }),
        _ => Ok(()),
    }
}

impl Cabinet {
    pub(super) fn place(
        &self,
        command: Command,
        case: &Case<Facts>,
    ) -> Result<Option<Event>, Refusal> {
        let facts = &case.facts;
        let event = match command {
            Command::Attach { parent } => return self.attach(parent, case),
            Command::Move { parent } if self.parent == Some(parent) => None,
            Command::Move { parent } => {
                self.parent.ok_or(Refusal::NotAttached)?;
                fits(case)?;
                // ORG-2: there is nobody to be asked but who moves it.
                if !facts.may_above {
                    return Err(Refusal::NeedsConsent);
                }
                Some(Event::Moved { parent })
            }
            Command::AcceptAttachment {} => {
                let parent = self.asked.ok_or(Refusal::NotAsked)?;
                fits(case)?;
                Some(Event::Attached { parent })
            }
            Command::DeclineAttachment {} => {
                self.asked.ok_or(Refusal::NotAsked)?;
                Some(Event::AttachmentDeclined {})
            }
            Command::Detach {} => match (self.parent, self.asked) {
                (Some(_), _) => Some(Event::Detached {}),
                (None, Some(_)) => Some(Event::AttachmentDeclined {}),
                (None, None) => return Err(Refusal::NotAttached),
            },
            Command::Suspend { reason } => {
                (self.standing == Standing::Active).then_some(Event::Suspended { reason })
            }
            Command::Reinstate {} => {
                (self.standing == Standing::Suspended).then_some(Event::Reinstated {})
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
            // Decided before.
            Command::Create { .. }
            | Command::Provision { .. }
            | Command::ChangeDetails { .. }
            | Command::ChangeType { .. } => None,
        };
        Ok(event)
    }

    /// ORG-2: at once, if whoever asks has a say on both sides; else the other side is asked.
    fn attach(&self, parent: CabinetId, case: &Case<Facts>) -> Result<Option<Event>, Refusal> {
        match self.parent {
            Some(above) if above == parent => return Ok(None),
            Some(_) => return Err(Refusal::AlreadyAttached),
            None => {}
        }
        if case.facts.may_above {
            fits(case)?;
            return Ok(Some(Event::Attached { parent }));
        }
        // Whoever has no say there does not learn either whether there is such a cabinet: it is
        // looked at when the question is accepted.
        if parent == case.id.into() {
            return Err(Refusal::Cycle);
        }
        Ok((self.asked != Some(parent)).then_some(Event::AttachmentRequested { parent }))
    }
}

#[cfg(test)]
mod tests;
