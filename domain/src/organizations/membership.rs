//! What a user may do in a cabinet.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use strum::EnumDiscriminants;
use thiserror::Error;
use utoipa::ToSchema;

pub use super::MembershipId;
use super::cabinet::{CabinetId, CabinetStatus};
use crate::{
    Claim, Decider, DecisionContext, Fault,
    access::{Actor, Reach, Role},
    identity::UserId,
};

/// A member who was removed can become one again.
#[derive(Debug, Clone, Default)]
pub struct Membership {
    place: Option<(CabinetId, UserId)>,
    /// `None` after they were removed.
    grant: Option<Grant>,
}

/// What a member is in a cabinet, and how far their rights go from there.
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
    /// ORG-4: nobody grants, changes or takes away a role or a reach above their own.
    pub fn is_within(self, actor: &Actor) -> bool {
        let role_within = self.role == Rank::ClientUser || actor.role == Role::ClientAdmin;
        !actor.role.is_client() || role_within && self.reach <= actor.reach
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, EnumDiscriminants)]
#[strum_discriminants(name(CommandKind), derive(Serialize), serde(rename_all = "snake_case"))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Command {
    /// Makes a user a member.
    Join { cabinet: CabinetId, user: UserId, grant: Grant },
    /// Changes what a member may do; what is left out stays.
    Change {
        #[serde(default)]
        role: Option<Rank>,
        #[serde(default)]
        reach: Option<Reach>,
    },
    /// Takes a member out. What they did stays.
    Remove {},
    /// Ends one's own membership.
    Leave {},
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
    #[error("nobody within your reach is that user; invite people by their address")]
    NotWithinReach,
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

    fn is_of_state(&self) -> bool {
        matches!(self, Self::NoMember | Self::AboveOwn)
    }

    fn faults(&self) -> Vec<Fault> {
        let pointer = match self {
            Self::UnknownCabinet => "/cabinet",
            Self::UnknownUser | Self::NotWithinReach => "/user",
            _ => return vec![],
        };
        vec![Fault::new(pointer, self.to_string())]
    }
}

/// What a decision must know of the cabinet and of the user.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// How the cabinet stands; `None` if there is none.
    pub cabinet: Option<CabinetStatus>,
    /// Whether the business looks after it.
    pub vendor_managed: bool,
    /// How many of the other members are active administrators.
    pub other_administrators: usize,
    /// Whether there is such a user, who is a client and not deactivated.
    pub is_client: bool,
    /// Whether the user is a member of a cabinet within the reach of the actor.
    pub within_reach: bool,
}

/// The set of the memberships of a cabinet that make somebody its administrator.
pub fn administrators_set(cabinet: CabinetId) -> String {
    format!("administrator_of/{cabinet}")
}

/// The set of the present memberships of a user.
pub fn memberships_set(user: UserId) -> String {
    format!("membership_of/{user}")
}

impl Membership {
    /// The cabinet and the user that it is about.
    pub fn cabinet_and_user(&self) -> Option<(CabinetId, UserId)> {
        self.place
    }

    /// What the member may do, if they are one.
    pub fn grant(&self) -> Option<Grant> {
        self.grant
    }

    fn join(
        case: &DecisionContext<Facts>,
        place: (CabinetId, UserId),
        grant: Grant,
    ) -> Result<(), Refusal> {
        let expected = MembershipId::in_cabinet_of_user(place.0, place.1);
        match case.facts.cabinet {
            _ if case.id != expected.uuid() => Err(Refusal::MisnamedMembership { expected }),
            None => Err(Refusal::UnknownCabinet),
            Some(CabinetStatus::Closed) => Err(Refusal::CabinetClosed),
            Some(CabinetStatus::Suspended) if case.by.role.is_client() => {
                Err(Refusal::CabinetSuspended)
            }
            // Clients see nobody outside their reach: those are invited, and agree.
            _ if case.by.role.is_client() && !case.facts.within_reach => {
                Err(Refusal::NotWithinReach)
            }
            _ if !case.facts.is_client => Err(Refusal::UnknownUser),
            _ if !grant.is_within(&case.by) => Err(Refusal::AboveOwn),
            _ => Ok(()),
        }
    }

    /// ORG-3: a cabinet that is open and looks after itself keeps an administrator.
    fn check_administrator_left(current: Grant, facts: &Facts) -> Result<(), Refusal> {
        let needed = current.role == Rank::ClientAdmin
            && facts.cabinet != Some(CabinetStatus::Closed)
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

    fn decide(
        &self,
        command: Command,
        case: &DecisionContext<Facts>,
    ) -> Result<Vec<Event>, Refusal> {
        let Some(current) = self.grant else {
            return match command {
                Command::Join { cabinet, user, grant } => {
                    Self::join(case, (cabinet, user), grant)?;
                    Ok(vec![Event::Joined { cabinet, user, grant }])
                }
                Command::Remove {} | Command::Leave {} if self.place.is_some() => Ok(vec![]),
                _ => Err(Refusal::NoMember),
            };
        };
        let leaves = matches!(command, Command::Leave {});
        let (grant, event) = match command {
            // Somebody who is a member already gets the new grant.
            Command::Join { grant, .. } => (grant, Event::Changed { grant }),
            Command::Change { role, reach } => {
                let role = role.unwrap_or(current.role);
                let grant = Grant { role, reach: reach.unwrap_or(current.reach) };
                (grant, Event::Changed { grant })
            }
            Command::Remove {} | Command::Leave {} => (current, Event::Removed {}),
        };
        // Nobody changes or takes away what they could not grant, except from themselves.
        if !leaves && (!current.is_within(&case.by) || !grant.is_within(&case.by)) {
            return Err(Refusal::AboveOwn);
        }
        let stays_administrator =
            matches!(event, Event::Changed { grant } if grant.role == Rank::ClientAdmin);
        if !stays_administrator {
            Self::check_administrator_left(current, &case.facts)?;
        }
        Ok(if event == (Event::Changed { grant: current }) { vec![] } else { vec![event] })
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

    /// A decision about one administrator finds the others in this set (ORG-3); the second set holds
    /// the cabinets of a user without a read model.
    fn claims(&self) -> Vec<Claim> {
        let Some(((cabinet, user), grant)) = self.place.zip(self.grant) else { return vec![] };
        let administrator = grant.role == Rank::ClientAdmin;
        let administrator = administrator.then(|| Claim::set_member(administrators_set(cabinet)));
        let member = Claim::set_member(memberships_set(user));
        administrator.into_iter().chain([member]).collect()
    }
}
