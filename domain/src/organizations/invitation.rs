//! Someone is asked by mail to become a member.
//!
//! A caller that shows the secret of an invitation has read the mail to its address. The secret is
//! derived from the deployment's master key and the invitation's id, so it is stored nowhere.

#[cfg(test)]
mod tests;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use strum::EnumDiscriminants;
use thiserror::Error;
use utoipa::ToSchema;

pub use super::InvitationId;
use super::{
    cabinet::{CabinetId, CabinetStatus},
    membership::Grant,
};
use crate::{Claim, Decider, DecisionContext, Email, Fault, Language, Personal, identity::UserId};

/// How long it can be accepted (IAM-9).
pub const VALIDITY: TimeDelta = TimeDelta::days(7);

#[derive(Debug, Clone, Default)]
pub struct Invitation {
    offer: Option<MembershipOffer>,
    state: State,
    /// Who accepted it.
    accepted_by: Option<UserId>,
}

/// The claim on being the only open invitation of an address to a cabinet.
pub const INVITED_CLAIM: &str = "invited";

/// The key of that claim.
pub fn invited_claim_key(cabinet: CabinetId, email: &Email) -> String {
    format!("{cabinet} {}", email.untagged_mailbox().unwrap_or_else(|| email.normalized()))
}

/// The id of the account that an invited person without one gets: always the same for the same
/// invitation.
pub fn newcomer_user_id(invitation: InvitationId) -> UserId {
    UserId::derived(&["invited", &invitation.to_string()])
}

/// What is offered, to whom. The invitation itself is the subject of the address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MembershipOffer {
    pub cabinet: CabinetId,
    pub email: Personal<Email>,
    pub grant: Grant,
    pub language: Language,
    pub until: DateTime<Utc>,
}

/// What became of it. That its time is over nobody records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    #[default]
    Open,
    Accepted,
    Withdrawn,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, EnumDiscriminants)]
#[strum_discriminants(name(CommandKind), derive(Serialize), serde(rename_all = "snake_case"))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Command {
    /// Invites whoever reads the mail of an address; it can be accepted for seven days.
    Send {
        cabinet: CabinetId,
        email: Email,
        grant: Grant,
        /// The language of the mail.
        #[serde(default)]
        language: Language,
    },
    /// Makes a user a member; a [`newcomer_user_id`] is registered afterwards.
    Accept { user: UserId },
    /// Takes it back.
    Withdraw {},
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub enum Event {
    Sent { offer: MembershipOffer },
    Accepted { cabinet: CabinetId, user: UserId, grant: Grant },
    Withdrawn {},
}

#[derive(Debug, Clone, PartialEq, Error, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    #[error("there is no such invitation")]
    NotSent,
    #[error("the invitation was sent already")]
    AlreadySent,
    #[error("the invitation could be accepted until {until}")]
    Over { until: DateTime<Utc> },
    #[error("the invitation was accepted or taken back")]
    Used,
    #[error("the invitation is for another address than yours")]
    OtherAddress,
    #[error("there is an account with this address; sign in to accept")]
    HasAccount,
    #[error("there is no such cabinet")]
    UnknownCabinet,
    #[error("that is more than your own role and reach")]
    AboveOwn,
    #[error("the cabinet is suspended or closed")]
    CabinetSuspended,
    #[error("whoever invited you may not do so any more; ask for a new invitation")]
    SenderLostRight,
}

impl crate::Refusal for Refusal {
    fn rule(&self) -> Option<&'static str> {
        match self {
            Self::Over { .. } | Self::Used | Self::OtherAddress | Self::HasAccount => Some("IAM-9"),
            Self::AboveOwn | Self::SenderLostRight => Some("ORG-4"),
            Self::CabinetSuspended => Some("ORG-9"),
            _ => None,
        }
    }

    fn is_of_state(&self) -> bool {
        matches!(self, Self::NotSent | Self::AlreadySent | Self::Used | Self::Over { .. })
    }

    fn faults(&self) -> Vec<Fault> {
        match self {
            Self::UnknownCabinet => {
                vec![Fault::new("/cabinet", self.to_string())]
            }
            _ => vec![],
        }
    }
}

/// What a decision must know of the cabinet and of the person who accepts.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// How the cabinet stands; `None` if there is none.
    pub cabinet: Option<CabinetStatus>,
    /// The address of the user who accepts, if they are a client who can sign in.
    pub address: Option<Email>,
    /// Whether the person who accepts has no account, and nobody else has the address.
    pub is_new: bool,
    /// Whether the person who accepted it before has an account.
    pub is_settled: bool,
    /// Whether whoever sent it may grant the same now.
    pub sender_may_grant: bool,
}

impl Invitation {
    /// What is offered, once it was sent.
    pub fn offer(&self) -> Option<&MembershipOffer> {
        self.offer.as_ref()
    }

    /// Whether it can still be accepted.
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        let in_time = self.offer.as_ref().is_some_and(|offer| now < offer.until);
        self.state == State::Open && in_time
    }

    /// Who accepted it last.
    pub fn accepted_by(&self) -> Option<UserId> {
        self.accepted_by
    }

    fn send(command: Command, case: &DecisionContext<Facts>) -> Result<Event, Refusal> {
        let Command::Send { cabinet, email, grant, language } = command else {
            return Err(Refusal::NotSent);
        };
        match case.facts.cabinet {
            None => return Err(Refusal::UnknownCabinet),
            Some(CabinetStatus::Suspended | CabinetStatus::Closed) => {
                return Err(Refusal::CabinetSuspended);
            }
            Some(CabinetStatus::Active) if !grant.is_within(&case.by) => {
                return Err(Refusal::AboveOwn);
            }
            Some(CabinetStatus::Active) => {}
        }
        let (email, until) = (Personal::sealed(case.id, email), case.now + VALIDITY);
        Ok(Event::Sent { offer: MembershipOffer { cabinet, email, grant, language, until } })
    }

    /// IAM-9: once, in time, and by the person it was sent to. It is used up when that person has an
    /// account: until then (the process may have ended in between) it can be accepted again.
    fn accept(
        &self,
        offer: &MembershipOffer,
        user: UserId,
        case: &DecisionContext<Facts>,
    ) -> Result<Option<Event>, Refusal> {
        let MembershipOffer { cabinet, grant, until, .. } = *offer;
        let normalized = |email: &Email| email.normalized();
        let invited = offer.email.get().map(normalized);
        let newcomer = user == newcomer_user_id(case.id.into());
        let address = case.facts.address.as_ref().map(normalized);
        match self.state {
            State::Withdrawn => Err(Refusal::Used),
            State::Accepted if case.facts.is_settled => Err(Refusal::Used),
            _ if case.now >= until => Err(Refusal::Over { until }),
            _ if case.facts.cabinet != Some(CabinetStatus::Active) => {
                Err(Refusal::CabinetSuspended)
            }
            // ORG-4: a right that was taken away does not live on in the mails of who had it.
            _ if !case.facts.sender_may_grant => Err(Refusal::SenderLostRight),
            _ if invited.is_none() => Err(Refusal::OtherAddress),
            _ if newcomer && address.is_none() && !case.facts.is_new => Err(Refusal::HasAccount),
            _ if !(newcomer && case.facts.is_new) && invited != address => {
                Err(Refusal::OtherAddress)
            }
            State::Accepted if self.accepted_by == Some(user) => Ok(None),
            State::Accepted | State::Open => Ok(Some(Event::Accepted { cabinet, user, grant })),
        }
    }
}

impl Decider for Invitation {
    const NAME: &'static str = "organizations.invitation";

    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;
    type Facts = Facts;

    fn decide(
        &self,
        command: Command,
        case: &DecisionContext<Facts>,
    ) -> Result<Vec<Event>, Refusal> {
        let event = match (command, &self.offer) {
            (command, None) => Self::send(command, case)?,
            (Command::Send { .. }, Some(_)) => return Err(Refusal::AlreadySent),
            (Command::Accept { user }, Some(offer)) => {
                return Ok(self.accept(offer, user, case)?.into_iter().collect());
            }
            (Command::Withdraw {}, Some(_)) => match self.state {
                State::Open => Event::Withdrawn {},
                State::Withdrawn => return Ok(vec![]),
                State::Accepted => return Err(Refusal::Used),
            },
        };
        Ok(vec![event])
    }

    fn evolve(self, event: Event) -> Self {
        match event {
            Event::Sent { offer } => Self { offer: Some(offer), ..self },
            Event::Accepted { user, .. } => {
                Self { state: State::Accepted, accepted_by: Some(user), ..self }
            }
            Event::Withdrawn {} => Self { state: State::Withdrawn, ..self },
        }
    }

    /// Nobody has two open invitations to one cabinet.
    fn claims(&self) -> Vec<Claim> {
        let open = self.offer.as_ref().filter(|_| self.state == State::Open);
        let claim = open.and_then(|offer| {
            let key = invited_claim_key(offer.cabinet, offer.email.get()?);
            Some(Claim::unique(INVITED_CLAIM, key, "ORG-10").about_subject(offer.email.subject()))
        });
        claim.into_iter().collect()
    }
}
