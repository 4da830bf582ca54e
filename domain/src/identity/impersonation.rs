//! A member of staff acts in the name of a user, for a reason and a limited time.

#[cfg(test)]
mod tests;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use strum::EnumDiscriminants;
use thiserror::Error;
use utoipa::ToSchema;

pub use super::ImpersonationId;
use super::UserId;
use crate::{Decider, DecisionContext, Fault, Personal, Text, Upcaster, access::Role};

/// The longest that an impersonation lasts (IAM-8).
pub const MAX_DURATION: TimeDelta = TimeDelta::minutes(60);

#[derive(Debug, Clone, Default)]
pub struct Impersonation {
    active: Option<ActiveImpersonation>,
    ended: bool,
}

/// Who acts in whose name, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActiveImpersonation {
    pub agent: UserId,
    pub user: UserId,
    pub until: DateTime<Utc>,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, EnumDiscriminants)]
#[strum_discriminants(name(CommandKind), derive(Serialize), serde(rename_all = "snake_case"))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Command {
    /// Begins to act in the name of a user, for an hour at most.
    Start {
        user: UserId,
        /// Why: who is asked about it later reads it.
        reason: Text<500>,
    },
    /// Acts in one's own name again.
    End {},
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub enum Event {
    Started { agent: UserId, user: UserId, reason: Personal<Text<500>>, until: DateTime<Utc> },
    Ended {},
}

#[derive(Debug, Clone, PartialEq, Error, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    #[error("nobody acts so")]
    NotStarted,
    #[error("that began already")]
    AlreadyStarted,
    #[error("there is no such user who could be asked")]
    UnknownUser,
    #[error("agents act for clients, administrators for all who are none")]
    Upwards,
}

impl crate::Refusal for Refusal {
    fn rule(&self) -> Option<&'static str> {
        match self {
            Self::Upwards => Some("IAM-8"),
            _ => None,
        }
    }

    fn is_of_state(&self) -> bool {
        matches!(self, Self::NotStarted | Self::AlreadyStarted)
    }

    fn faults(&self) -> Vec<Fault> {
        match self {
            Self::UnknownUser => vec![Fault::new("/user", self.to_string())],
            _ => vec![],
        }
    }
}

/// The role of the user to be impersonated; `None` if they are no active user.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    pub role: Option<Role>,
}

impl Impersonation {
    /// Who acts in whose name, unless it was ended; its time may be over.
    pub fn active(&self) -> Option<ActiveImpersonation> {
        self.active.filter(|_| !self.ended)
    }

    /// Who acts or acted.
    pub fn agent(&self) -> Option<UserId> {
        self.active.map(|active| active.agent)
    }
}

/// IAM-8: never upwards, and not sideways either.
pub fn may_impersonate(agent: Role, user: Role) -> bool {
    match agent {
        Role::Admin => user != Role::Admin,
        _ => user.is_client(),
    }
}

/// It was recorded in the open first.
fn make_reason_personal(data: &mut Value) {
    data["reason"] = json!({ "of": data["user"], "known": data["reason"] });
}

impl Decider for Impersonation {
    const NAME: &'static str = "identity.impersonation";

    const UPCASTERS: &'static [Upcaster] =
        &[Upcaster { variant: "Started", from: 1, up: make_reason_personal }];

    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;
    type Facts = Facts;

    fn decide(
        &self,
        command: Command,
        case: &DecisionContext<Facts>,
    ) -> Result<Vec<Event>, Refusal> {
        match (command, &self.active) {
            (Command::Start { user, reason }, None) => {
                let role = case.facts.role.ok_or(Refusal::UnknownUser)?;
                if !may_impersonate(case.by.role, role) {
                    return Err(Refusal::Upwards);
                }
                let (agent, until) = (case.by.id.into(), case.now + MAX_DURATION);
                // Reasons name the person: they go with the person's key.
                let reason = Personal::sealed(user, reason);
                Ok(vec![Event::Started { agent, user, reason, until }])
            }
            (Command::Start { .. }, Some(_)) => Err(Refusal::AlreadyStarted),
            (Command::End {}, None) => Err(Refusal::NotStarted),
            (Command::End {}, Some(_)) if self.ended => Ok(vec![]),
            (Command::End {}, Some(_)) => Ok(vec![Event::Ended {}]),
        }
    }

    fn evolve(self, event: Event) -> Self {
        match event {
            Event::Started { agent, user, until, .. } => {
                Self { active: Some(ActiveImpersonation { agent, user, until }), ..self }
            }
            Event::Ended {} => Self { ended: true, ..self },
        }
    }
}
