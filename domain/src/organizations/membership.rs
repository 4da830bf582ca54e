//! What a user may do in a cabinet.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use utoipa::ToSchema;

use super::cabinet::{CabinetId, Standing};
use crate::{
    Case, Claim, Decider, Fault, Id,
    identity::{Actor, Reach, Role, user::UserId},
};

pub type MembershipId = Id<Membership>;

impl MembershipId {
    /// There is one of a user in a cabinet.
    pub fn of(cabinet: CabinetId, user: UserId) -> Self {
        Self::derived(&["membership", &cabinet.to_string(), &user.to_string()])
    }
}

/// Whoever was removed was a member; he can become one again.
#[derive(Debug, Clone, Default)]
pub struct Membership {
    place: Option<(CabinetId, UserId)>,
    /// Nothing, once he was removed.
    grant: Option<Grant>,
}

/// What a member is in a cabinet, and how far his rights go from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    pub role: Rank,
    #[serde(default)]
    pub reach: Reach,
}

/// The roles that there are in a cabinet.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Rank {
    ClientUser,
    ClientAdmin,
}

impl From<Rank> for Role {
    fn from(rank: Rank) -> Self {
        match rank {
            Rank::ClientUser => Self::ClientUser,
            Rank::ClientAdmin => Self::ClientAdmin,
        }
    }
}

impl Grant {
    /// ORG-4: nobody grants, changes or takes away a role or a reach above his own.
    pub fn is_within(self, actor: &Actor) -> bool {
        let ranked = self.role == Rank::ClientUser || actor.role == Role::ClientAdmin;
        !actor.role.is_client() || ranked && self.reach <= actor.reach
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Command {
    /// Makes a user a member.
    Join { cabinet: CabinetId, user: UserId, grant: Grant },
    /// Changes what a member may do.
    Change { grant: Grant },
    /// Takes a member out. What he did stays.
    Remove {},
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub enum Event {
    Joined { cabinet: CabinetId, user: UserId, grant: Grant },
    Changed { grant: Grant },
    Removed {},
}

#[derive(Debug, Clone, PartialEq, Error, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    #[error("there is no such member")]
    NoMember,
    #[error("its id does not follow from cabinet and user: {expected} does")]
    MisnamedMembership { expected: MembershipId },
    #[error("there is no such cabinet")]
    UnknownCabinet,
    #[error("there is no such user who could be a member")]
    UnknownUser,
    #[error("that is more than your own role and reach")]
    AboveOwn,
    #[error("the cabinet would be left without an administrator")]
    LastAdministrator,
    #[error("the cabinet is suspended")]
    CabinetSuspended,
    #[error("the cabinet is closed")]
    CabinetClosed,
}

impl crate::Refusal for Refusal {
    fn rule(&self) -> Option<&'static str> {
        match self {
            Self::LastAdministrator => Some("ORG-3"),
            Self::AboveOwn => Some("ORG-4"),
            Self::CabinetSuspended => Some("ORG-9"),
            _ => None,
        }
    }

    fn faults(&self) -> Vec<Fault> {
        let pointer = match self {
            Self::UnknownCabinet => "/cabinet",
            Self::UnknownUser => "/user",
            _ => return vec![],
        };
        vec![Fault { pointer: pointer.into(), message: self.to_string() }]
    }
}

/// What a decision must know of the cabinet and of the user.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// How the cabinet stands; `None` if there is none.
    pub cabinet: Option<Standing>,
    /// Whether the business looks after it.
    pub vendor_managed: bool,
    /// How many of the other members are active administrators.
    pub other_administrators: usize,
    /// Whether there is such a user, who is a client and not deactivated.
    pub is_client: bool,
}

/// The set of the memberships of a cabinet that make somebody its administrator.
pub fn administrators(cabinet: CabinetId) -> String {
    format!("administrator_of/{cabinet}")
}

impl Membership {
    /// The cabinet and the user that it is about.
    pub fn place(&self) -> Option<(CabinetId, UserId)> {
        self.place
    }

    /// What the member may do, if he is one.
    pub fn grant(&self) -> Option<Grant> {
        self.grant
    }

    fn join(case: &Case<Facts>, place: (CabinetId, UserId), grant: Grant) -> Result<(), Refusal> {
        let expected = MembershipId::of(place.0, place.1);
        match case.facts.cabinet {
            _ if case.id != expected.uuid() => Err(Refusal::MisnamedMembership { expected }),
            None => Err(Refusal::UnknownCabinet),
            Some(Standing::Closed) => Err(Refusal::CabinetClosed),
            Some(Standing::Suspended) if case.by.role.is_client() => Err(Refusal::CabinetSuspended),
            _ if !case.facts.is_client => Err(Refusal::UnknownUser),
            _ if !grant.is_within(&case.by) => Err(Refusal::AboveOwn),
            _ => Ok(()),
        }
    }

    /// ORG-3: a cabinet that is open and looks after itself keeps an administrator.
    fn may_lose(known: Grant, facts: &Facts) -> Result<(), Refusal> {
        let needed = known.role == Rank::ClientAdmin
            && facts.cabinet != Some(Standing::Closed)
            && !facts.vendor_managed;
        if needed && facts.other_administrators == 0 {
            return Err(Refusal::LastAdministrator);
        }
        Ok(())
    }
}

impl Decider for Membership {
    const NAME: &'static str = "organizations.membership";

    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;
    type Facts = Facts;

    fn decide(&self, command: Command, case: &Case<Facts>) -> Result<Vec<Event>, Refusal> {
        let (grant, event) = match (command, self.grant) {
            (Command::Join { grant, .. }, Some(known)) if known == grant => return Ok(vec![]),
            // Whoever is a member already gets what he is given now.
            (Command::Join { grant, .. } | Command::Change { grant }, Some(_)) => {
                (grant, Event::Changed { grant })
            }
            (Command::Join { cabinet, user, grant }, None) => {
                Self::join(case, (cabinet, user), grant)?;
                return Ok(vec![Event::Joined { cabinet, user, grant }]);
            }
            (Command::Remove {}, Some(known)) => (known, Event::Removed {}),
            (Command::Remove {}, None) if self.place.is_some() => return Ok(vec![]),
            (Command::Change { .. } | Command::Remove {}, None) => return Err(Refusal::NoMember),
        };
        let known = self.grant.unwrap_or(grant);
        if !known.is_within(&case.by) || !grant.is_within(&case.by) {
            return Err(Refusal::AboveOwn);
        }
        let stays = matches!(event, Event::Changed { grant } if grant.role == Rank::ClientAdmin);
        if !stays {
            Self::may_lose(known, &case.facts)?;
        }
        Ok(if event == (Event::Changed { grant: known }) { vec![] } else { vec![event] })
    }

    fn evolve(self, event: Event) -> Self {
        match event {
            Event::Joined { cabinet, user, grant } => {
                Self { place: Some((cabinet, user)), grant: Some(grant) }
            }
            Event::Changed { grant } => Self { grant: Some(grant), ..self },
            Event::Removed {} => Self { grant: None, ..self },
        }
    }

    /// So that those who decide about one administrator know the others (ORG-3).
    fn claims(&self) -> Vec<Claim> {
        let administrator = self.grant.filter(|grant| grant.role == Rank::ClientAdmin);
        let place = self.place.filter(|_| administrator.is_some());
        place.map(|(cabinet, _)| Claim::in_set(administrators(cabinet))).into_iter().collect()
    }
}
